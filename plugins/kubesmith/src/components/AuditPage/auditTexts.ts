import type {
  AuditEntry,
  RequestableKind,
} from '@kubesmith/plugin-kubesmith-common';
import type { Tone } from '../../format/phase';

/** Changes of a cluster: a new kind of operation does not compile without its text. */
const operationTexts: Record<`cluster.${RequestableKind}`, string> = {
  'cluster.scale': 'Add or remove workers',
  'cluster.resize': 'Resize machines',
  'cluster.upgrade': 'Upgrade Kubernetes',
  'cluster.repair': 'Repair a cluster',
  'cluster.renew': 'Renew the certificates of a cluster',
  'cluster.hibernate': 'Send a cluster to sleep',
  'cluster.wake': 'Wake a cluster up',
  'cluster.snapshot': 'Take a snapshot',
  'cluster.rollback': 'Go back to a snapshot',
  'cluster.remove-snapshot': 'Remove a snapshot',
  'cluster.backup': 'Back up a cluster',
  'cluster.restore': 'Restore a backup',
  'cluster.transfer': 'Give a cluster to somebody else',
};

/** What was denied without being about anything in particular: by an access token that reaches less far, for instance. */
const accessTexts = {
  'approval-limits.access': 'Use the API for approval limits',
  'cluster.access': 'Use the API for clusters',
  'environment.access': 'Use the API for environments',
  'findings.access': 'Use the API for findings',
  'grant.access': 'Use the API for kubeconfigs',
  'operation.access': 'Use the API for operations',
  'order-request.access': 'Use the API for orders',
  'quota.access': 'Use the API for quotas',
  'schedules.access': 'Use the API for timetables',
  'share.access': 'Use the API for shares',
  'token.access': 'Use the API for access tokens',
};

/** What can be done, in the words of the page. */
export const actionTexts: Record<string, string> = {
  'cluster.order': 'Order a cluster',
  'cluster.delete': 'Delete a cluster',
  'cluster.expire': 'Delete an expired cluster',
  'cluster.read': 'Look at a cluster',
  'cluster.move': 'Move a cluster',
  ...operationTexts,
  // Planning a transfer is denied by the first right that is missing.
  'cluster.share': 'Plan a transfer without the right to share',
  'cluster.access-administrator':
    'Plan a transfer without the right to administrator’s kubeconfigs',
  'cluster.schedule': 'Set or remove a timetable',
  'cluster.snooze': 'Put a timetable off',
  'operation.read': 'Look at an operation',
  'operation.cancel': 'Stop an operation',
  'operation.retry': 'Continue an operation',
  'grant.issue': 'Issue a kubeconfig',
  'grant.revoke': 'Revoke a kubeconfig',
  'share.create': 'Share a cluster',
  'share.end': 'End a share',
  'lease.extend': 'Give a cluster more time',
  'lease.hold': 'Keep a cluster from expiring',
  'lease.release': 'Let a cluster expire again',
  // Of an order that somebody may not see, looking at it too.
  'order-request.approve': 'Approve an order',
  'order-request.refuse': 'Refuse an order',
  'order-request.withdraw': 'Take an order back',
  'order-request.expire': 'An order waited for too long',
  'quota.put': 'Set a quota',
  'quota.delete': 'Take a quota away',
  'approval-limits.put': 'Set what needs an approval',
  'environment.manage-environment': 'Look at an environment',
  'environment.create': 'Make an environment',
  'environment.change': 'Change an environment',
  'environment.delete': 'Delete an environment',
  'finding.look': 'Look for differences with Proxmox',
  'finding.repair': 'Put a difference right',
  'node.accept-host-key': 'Accept the SSH host key of a node',
  'policy.look': 'Look at the policies',
  'policy.roll-back': 'Roll policies back',
  'policy.save': 'Change the policies',
  'token.create': 'Make an access token',
  'token.revoke': 'Revoke an access token',
  'audit.access': 'Look at the audit trail',
  ...accessTexts,
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
