import type { Cluster } from '@kubesmith/plugin-kubesmith-common';

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** The nodes of a cluster in words: `3 (1 control plane, 2 workers)`. */
export function describeNodes(
  spec: Pick<Cluster['spec'], 'controlPlanes' | 'workers'>,
): string {
  const { controlPlanes, workers } = spec;
  return `${controlPlanes + workers} (${count(
    controlPlanes,
    'control plane',
    'control planes',
  )}, ${count(workers, 'worker', 'workers')})`;
}

/** Memory in MiB as people say it: `4 GiB`, `512 MiB`. */
export function formatMemory(mib: number): string {
  return mib >= 1024
    ? `${Math.round((mib / 1024) * 10) / 10} GiB`
    : `${mib} MiB`;
}
