import { useApi } from '@backstage/frontend-plugin-api';
import type { Cluster, Operation } from '@kubesmith/plugin-kubesmith-common';
import { useCallback, useEffect, useRef, useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { usePolled, type Polled } from '../../hooks/usePolled';

/** How many operations a page shows. */
export const PAGE = 10;
const EVERY_MS = 15_000;

/** One page of what was done with a cluster. */
export type OperationPages = Polled<Operation[]> & {
  /** Leads to what was done before; missing on the last page. */
  older?: () => void;
  /** Leads back to what was done after; missing on the first page. */
  newer?: () => void;
};

/** The operations of a cluster, newest first, a page at a time: read again and again, and when the cluster changed. */
export function useOperationPages(
  cluster: Pick<Cluster, 'id' | 'updatedAt' | 'operation'>,
): OperationPages {
  const kubesmithApi = useApi(kubesmithApiRef);
  const { id, operation, updatedAt } = cluster;
  // The last operation of each page before the one that is shown.
  const [ends, setEnds] = useState<readonly string[]>([]);
  const before = ends.at(-1);
  const load = useCallback(
    // One more than is shown tells whether there are older ones.
    () => kubesmithApi.listOperations(id, { before, limit: PAGE + 1 }),
    [kubesmithApi, id, before],
  );
  const { value, refresh, ...polled } = usePolled(load, () => EVERY_MS);

  const state = `${updatedAt} ${operation?.id} ${operation?.status}`;
  const seen = useRef(state);
  useEffect(() => {
    if (seen.current !== state) {
      seen.current = state;
      refresh();
    }
  }, [refresh, state]);

  const shown = value?.slice(0, PAGE);
  const last = shown?.at(-1);
  return {
    ...polled,
    refresh,
    value: shown,
    older:
      last && value && value.length > PAGE
        ? () => setEnds([...ends, last.id])
        : undefined,
    newer:
      ends.length > 0
        ? () => setEnds(ends.slice(0, ends.length - 1))
        : undefined,
  };
}
