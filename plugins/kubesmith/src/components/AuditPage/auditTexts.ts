import type { AuditEntry } from '@kubesmith/plugin-kubesmith-common';
import type { Tone } from '../../format/phase';

/** What can be done, in the words of the page. */
export const actionTexts: Record<string, string> = {
  'cluster.order': 'Order a cluster',
  'cluster.delete': 'Delete a cluster',
  'cluster.expire': 'Delete an expired cluster',
  'cluster.read': 'Look at a cluster',
  'cluster.move': 'Move a cluster',
  'audit.access': 'Look at the audit trail',
  'environment.read': 'Look at an environment',
  'environment.create': 'Make an environment',
  'environment.change': 'Change an environment',
  'environment.delete': 'Delete an environment',
  'finding.look': 'Look for differences with Proxmox',
  'finding.repair': 'Put a difference right',
  'grant.issue': 'Issue a kubeconfig',
  'grant.revoke': 'Revoke a kubeconfig',
  'lease.extend': 'Give a cluster more time',
  'lease.hold': 'Keep a cluster from expiring',
  'lease.release': 'Let a cluster expire again',
  'node.accept-host-key': 'Accept the SSH host key of a node',
  'operation.read': 'Look at an operation',
  'order-request.read': 'Look at an order',
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

/** Of what an entry carries, what tells people more, and how it is called. */
const toldDetails: Record<string, string> = {
  name: 'name',
  user: 'user',
  subject: 'with',
  requester: 'asked for by',
  role: 'role',
  scope: 'scope',
  from: 'from',
  to: 'to',
  until: 'until',
  days: 'days',
  limits: 'limits',
  reason: 'reason',
  request: 'request',
  decidedBy: 'decided by',
  leftOut: 'more of these within a minute, without entries',
};

/** `vcpu 8, memoryMiB 4096` of an object of numbers. */
function describeValue(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'number') {
    return String(value);
  }
  return typeof value === 'object' && value !== null
    ? Object.entries(value)
        .map(([key, each]) => `${key} ${each}`)
        .join(', ')
    : undefined;
}

/** What else an entry says, in one line. */
export function describeDetail({ code, detail }: AuditEntry): string {
  const told = Object.entries(toldDetails).flatMap(([key, title]) => {
    const value = describeValue(detail[key]);
    return value ? `${title}: ${value}` : [];
  });
  return [...told, ...(code ? [code] : [])].join(' · ') || '–';
}
