import type { AuditEntry } from '@kubesmith/plugin-kubesmith-common';
import type { Tone } from '../../format/phase';

/** What can be done, in the words of the page. */
export const actionTexts: Record<string, string> = {
  'cluster.order': 'Order a cluster',
  'cluster.delete': 'Delete a cluster',
  'cluster.read': 'Look at a cluster',
  'cluster.move': 'Move a cluster',
  'environment.create': 'Make an environment',
  'environment.change': 'Change an environment',
  'environment.delete': 'Delete an environment',
  'grant.issue': 'Issue a kubeconfig',
  'grant.revoke': 'Revoke a kubeconfig',
  'lease.extend': 'Give a cluster more time',
  'lease.hold': 'Keep a cluster from expiring',
  'lease.release': 'Let a cluster expire again',
  'node.accept-host-key': 'Accept the SSH host key of a node',
  'order-request.approve': 'Approve an order',
  'order-request.refuse': 'Refuse an order',
  'order-request.withdraw': 'Take an order back',
  'order-request.expire': 'An order waited for too long',
  'quota.put': 'Set a quota',
  'quota.delete': 'Take a quota away',
  'approval-limits.put': 'Set what needs an approval',
  'share.create': 'Share a cluster',
  'share.end': 'End a share',
  'operation.cancel': 'Stop an operation',
  'operation.retry': 'Continue an operation',
  'policy.look': 'Look at the policies',
  'policy.roll-back': 'Roll policies back',
  'policy.save': 'Change the policies',
  'token.create': 'Make an access token',
  'token.revoke': 'Revoke an access token',
};

/** How it ended, in the words of the page. */
export const outcomeTexts: Record<
  AuditEntry['outcome'],
  { label: string; tone: Tone }
> = {
  done: { label: 'Done', tone: 'success' },
  denied: { label: 'Not allowed', tone: 'danger' },
  failed: { label: 'Refused or failed', tone: 'warning' },
};

/** How far back to look. */
export const periods = {
  day: { label: 'Last 24 hours', ms: 86_400_000 },
  week: { label: 'Last 7 days', ms: 7 * 86_400_000 },
  month: { label: 'Last 30 days', ms: 30 * 86_400_000 },
  all: { label: 'All time', ms: undefined },
} as const;

/** A key of {@link periods}. */
export type Period = keyof typeof periods;

/** An action that this page does not know yet, as it is. */
export function actionText(action: string): string {
  return actionTexts[action] ?? action;
}

/** What else an entry says, in one line. */
export function describeDetail({ code, detail }: AuditEntry): string {
  const told = [
    'name',
    'user',
    'role',
    'reason',
    'request',
    'decidedBy',
  ].flatMap(key =>
    typeof detail[key] === 'string'
      ? `${key === 'decidedBy' ? 'decided by' : key}: ${detail[key]}`
      : [],
  );
  return [...told, ...(code ? [code] : [])].join(' · ') || '–';
}
