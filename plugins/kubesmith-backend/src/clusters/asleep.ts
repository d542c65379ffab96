import type { ClusterPhase } from '@kubesmith/plugin-kubesmith-common';

/** Phases in which nothing answers in a cluster because its machines are, or are being, switched off. */
export const ASLEEP: readonly ClusterPhase[] = ['hibernating', 'hibernated'];

/** Whether nothing can answer in a cluster, and that is as it should be. */
export function isAsleep({ phase }: { phase: ClusterPhase }): boolean {
  return ASLEEP.includes(phase);
}
