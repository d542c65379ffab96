import {
  QUOTA_RESOURCES,
  type QuotaLimits,
  type QuotaResource,
} from '@kubesmith/plugin-kubesmith-common';
import type { ClusterRecord, NodeRecord } from '../database/records';

/** How much of each is used. */
export type Amounts = Record<QuotaResource, number>;

/** One resource that a quota limits. */
export interface Standing {
  resource: QuotaResource;
  limit: number;
  /** Before the order. */
  use: number;
  needed: number;
}

/** How each limit stands; what an order would need of a resource is 0 where it is not known yet. */
export function standings(
  limits: QuotaLimits,
  use: Amounts,
  needed: Partial<Amounts>,
): Standing[] {
  return QUOTA_RESOURCES.flatMap(resource => {
    const limit = limits[resource];
    return limit === undefined
      ? []
      : [
          {
            resource,
            limit,
            use: use[resource],
            needed: needed[resource] ?? 0,
          },
        ];
  });
}

/** Whether an order would go beyond a limit. What needs nothing of a resource is fine even where too much is used already. */
export function isExceeded({ limit, use, needed }: Standing): boolean {
  return needed > 0 && use + needed > limit;
}

/** What a cluster needs, as far as the order says it: one control plane, the workers, and an address for the API. */
export function amountsOf(order: {
  workers?: number;
  size?: { vcpu: number; memoryMiB: number; diskGiB: number };
}): Partial<Amounts> {
  const { size, workers } = order;
  if (workers === undefined) return { clusters: 1 };
  const nodes = workers + 1;
  return {
    clusters: 1,
    nodes,
    addresses: nodes + 1,
    ...(size && {
      vcpu: nodes * size.vcpu,
      memoryMiB: nodes * size.memoryMiB,
      diskGiB: nodes * size.diskGiB,
    }),
  };
}

/** What a cluster uses in its phase: one that sleeps uses no vCPU and no memory. */
export function amountsOfCluster(
  { phase }: Pick<ClusterRecord, 'phase'>,
  nodes: readonly NodeRecord[],
): Amounts {
  return {
    ...amountsOfNodes(nodes),
    ...(phase === 'hibernated' && { vcpu: 0, memoryMiB: 0 }),
  };
}

/** What a cluster with these machines uses; those that are gone use nothing. */
export function amountsOfNodes(nodes: readonly NodeRecord[]): Amounts {
  const live = nodes.filter(({ removedAt }) => removedAt === undefined);
  const sum = (key: 'vcpu' | 'memoryMiB' | 'diskGiB') =>
    live.reduce((total, node) => total + node[key], 0);
  return {
    clusters: 1,
    nodes: live.length,
    addresses: live.length + 1,
    vcpu: sum('vcpu'),
    memoryMiB: sum('memoryMiB'),
    diskGiB: sum('diskGiB'),
  };
}
