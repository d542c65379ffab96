import type { Cluster, ClusterPhase } from '@kubesmith/plugin-kubesmith-common';

/** How a state looks: colour and icon go by it. */
export type Tone = 'neutral' | 'busy' | 'success' | 'warning' | 'danger';

/** What people read for a phase. */
export const phaseTexts: Record<ClusterPhase, { label: string; tone: Tone }> = {
  reserved: { label: 'Reserved', tone: 'busy' },
  provisioning: { label: 'Creating machines', tone: 'busy' },
  bootstrapping: { label: 'Installing Kubernetes', tone: 'busy' },
  verifying: { label: 'Being checked', tone: 'busy' },
  ready: { label: 'Ready', tone: 'success' },
  updating: { label: 'Being changed', tone: 'busy' },
  hibernating: { label: 'Going to sleep', tone: 'busy' },
  hibernated: { label: 'Asleep', tone: 'neutral' },
  restoring: { label: 'Being put back', tone: 'busy' },
  waking: { label: 'Waking up', tone: 'busy' },
  failed: { label: 'Failed', tone: 'danger' },
  'needs-attention': { label: 'Needs attention', tone: 'warning' },
  deleting: { label: 'Being deleted', tone: 'busy' },
  deleted: { label: 'Deleted', tone: 'neutral' },
};

/** The choices of the state filter, in the order of the menu. */
export const stateFilters = {
  all: { label: 'All states', phases: undefined },
  building: {
    label: 'Being built',
    phases: ['reserved', 'provisioning', 'bootstrapping', 'verifying'],
  },
  ready: { label: 'Ready', phases: ['ready', 'updating', 'restoring'] },
  asleep: {
    label: 'Asleep',
    phases: ['hibernating', 'hibernated', 'waking'],
  },
  problem: {
    label: 'Failed or needs attention',
    phases: ['failed', 'needs-attention'],
  },
  expiring: {
    label: 'Expires within a week',
    phases: [
      'reserved',
      'provisioning',
      'bootstrapping',
      'verifying',
      'ready',
      'updating',
      'restoring',
      'hibernating',
      'hibernated',
      'waking',
      'failed',
      'needs-attention',
    ],
  },
  deleting: { label: 'Being deleted', phases: ['deleting'] },
  deleted: { label: 'Deleted', phases: ['deleted'] },
} as const satisfies Record<
  string,
  { label: string; phases: readonly ClusterPhase[] | undefined }
>;

/** One choice of the state filter. */
export type StateFilter = keyof typeof stateFilters;

const WEEK_MS = 7 * 24 * 3_600_000;

/** Whether a cluster is shown with this filter; those whose time is over expire within a week too, those that are held do not. */
export function fitsFilter(
  cluster: Pick<Cluster, 'expiresAt' | 'held' | 'phase'>,
  filter: StateFilter,
  now: number,
): boolean {
  const phases: readonly string[] | undefined = stateFilters[filter].phases;
  return (
    (phases === undefined || phases.includes(cluster.phase)) &&
    (filter !== 'expiring' ||
      (!cluster.held && Date.parse(cluster.expiresAt) - now <= WEEK_MS))
  );
}

/** True for a value of the state filter, such as one out of an address. */
export function isStateFilter(value: unknown): value is StateFilter {
  return typeof value === 'string' && Object.hasOwn(stateFilters, value);
}

/** Whether a cluster answers, also while something about it is changed. */
export function isUsable({ phase }: Pick<Cluster, 'phase'>): boolean {
  return phase === 'ready' || phase === 'updating';
}

/** True while something is being done to the cluster, so that it is worth looking often. */
export function isBusy(cluster: Cluster): boolean {
  const status = cluster.operation?.status;
  return (
    phaseTexts[cluster.phase].tone === 'busy' ||
    status === 'queued' ||
    status === 'running' ||
    status === 'waiting'
  );
}
