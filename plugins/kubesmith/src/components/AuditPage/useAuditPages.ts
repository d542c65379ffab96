import { useApi } from '@backstage/frontend-plugin-api';
import type { AuditEntry } from '@kubesmith/plugin-kubesmith-common';
import { useCallback, useEffect, useState } from 'react';
import { kubesmithApiRef, type AuditQuery } from '../../api/kubesmithApi';

const PAGE = 100;

/** What is known of the audit trail so far. */
export interface AuditPages {
  /** Newest first; undefined until the first answer. */
  entries?: AuditEntry[];
  error?: Error;
  isLoading: boolean;
  /** There may be older entries. */
  hasMore: boolean;
  loadMore: () => void;
  reload: () => void;
}

/** Reads the audit trail page by page, anew when the filter changes. */
export function useAuditPages(
  filter: Omit<AuditQuery, 'before' | 'limit'>,
): AuditPages {
  const kubesmithApi = useApi(kubesmithApiRef);
  const [state, setState] = useState<
    Pick<AuditPages, 'entries' | 'error' | 'hasMore'>
  >({ hasMore: false });
  const [asked, setAsked] = useState<{
    key?: string;
    before?: number;
    nth: number;
  }>({ nth: 0 });
  const [isLoading, setLoading] = useState(true);
  const key = JSON.stringify(filter);
  // Where an older filter had been read to says nothing about this one.
  const before = asked.key === key ? asked.before : undefined;

  useEffect(() => {
    let isStale = false;
    setLoading(true);
    kubesmithApi
      .listAuditEntries({
        ...JSON.parse(key),
        before,
        limit: PAGE,
      })
      .then(
        page => {
          if (isStale) return;
          setState(({ entries }) => ({
            entries:
              before === undefined ? page : [...(entries ?? []), ...page],
            hasMore: page.length === PAGE,
          }));
        },
        error => {
          if (!isStale) setState(earlier => ({ ...earlier, error }));
        },
      )
      .finally(() => {
        if (!isStale) setLoading(false);
      });
    return () => {
      isStale = true;
    };
  }, [kubesmithApi, key, before, asked.nth]);

  const loadMore = useCallback(
    () =>
      setAsked(({ nth }) => ({
        key,
        before: state.entries?.at(-1)?.seq,
        nth: nth + 1,
      })),
    [key, state.entries],
  );
  const reload = useCallback(
    () => setAsked(({ nth }) => ({ nth: nth + 1 })),
    [],
  );
  return { ...state, isLoading, loadMore, reload };
}
