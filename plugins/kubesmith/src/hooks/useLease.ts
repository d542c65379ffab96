import { useApi } from '@backstage/frontend-plugin-api';
import type { Cluster, Lease } from '@kubesmith/plugin-kubesmith-common';
import { useCallback, useEffect, useRef } from 'react';
import { kubesmithApiRef } from '../api/kubesmithApi';
import { usePolled, type Polled } from './usePolled';

/** The time of a cluster, read every minute and when the cluster changed. */
export function useLease(
  cluster: Pick<Cluster, 'id' | 'updatedAt'>,
): Polled<Lease> {
  const kubesmithApi = useApi(kubesmithApiRef);
  const { id, updatedAt } = cluster;
  const load = useCallback(() => kubesmithApi.getLease(id), [kubesmithApi, id]);
  const polled = usePolled(load, () => 60_000);
  const { refresh } = polled;
  const seen = useRef(updatedAt);
  useEffect(() => {
    if (seen.current !== updatedAt) {
      seen.current = updatedAt;
      refresh();
    }
  }, [refresh, updatedAt]);
  return polled;
}
