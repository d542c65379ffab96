import type { KubesmithApi } from '@kubesmith/plugin-kubesmith';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';

/** The clusters that the user may delete and that are not being deleted yet. */
export async function listDeletableClusters(
  kubesmithApi: KubesmithApi,
): Promise<Cluster[]> {
  const { items } = await kubesmithApi.listClusters({ limit: 500 });
  return items.filter(
    ({ can, phase }) =>
      can.delete && phase !== 'deleting' && phase !== 'deleted',
  );
}
