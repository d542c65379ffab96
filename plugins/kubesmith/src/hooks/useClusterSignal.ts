import { useSignal } from '@backstage/plugin-signals-react';
import {
  CLUSTERS_CHANNEL,
  type ClusterChangedPayload,
} from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useRef } from 'react';

/**
 * Calls back when the backend says that a cluster changed. Only a hint to read again: it goes to owners alone and may be
 * missed, so whoever uses it polls as well.
 *
 * @param onChange - gets the id of the cluster
 */
export function useClusterSignal(onChange: (clusterId: string) => void) {
  const { lastSignal } = useSignal<ClusterChangedPayload>(CLUSTERS_CHANNEL);
  const onChangeRef = useRef(onChange);
  onChangeRef.current = onChange;

  useEffect(() => {
    if (lastSignal) {
      onChangeRef.current(lastSignal.clusterId);
    }
  }, [lastSignal]);
}
