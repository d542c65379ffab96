import { useApi } from '@backstage/frontend-plugin-api';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { useCallback } from 'react';
import { kubesmithApiRef } from '../api/kubesmithApi';
import { isBusy } from '../format/phase';
import { useClusterSignal } from './useClusterSignal';
import { usePolled, type Polled } from './usePolled';

/** One cluster, read every two seconds while something is done to it, else every 15 seconds and on a signal. */
export function useCluster(clusterId: string): Polled<Cluster> {
  const kubesmithApi = useApi(kubesmithApiRef);
  const load = useCallback(
    () => kubesmithApi.getCluster(clusterId),
    [kubesmithApi, clusterId],
  );
  const polled = usePolled(load, cluster =>
    cluster && isBusy(cluster) ? 2_000 : 15_000,
  );
  useClusterSignal(changed => {
    if (changed === clusterId) {
      polled.refresh();
    }
  });
  return polled;
}
