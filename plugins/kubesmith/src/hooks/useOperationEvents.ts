import { useApi } from '@backstage/frontend-plugin-api';
import type { OperationEvent } from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useState } from 'react';
import { kubesmithApiRef } from '../api/kubesmithApi';

/** How many events one question asks for, and how many are kept at most. */
const PAGE = 500;
const KEPT = 2_000;

/**
 * The events of an operation, oldest first. Only news is asked for: every question names the newest event that is known.
 *
 * @param options.isLive - goes on asking every two seconds; else reads to the end once
 * @param options.isOn - false asks nothing
 */
export function useOperationEvents(options: {
  operationId: string;
  isLive: boolean;
  isOn: boolean;
}): { events: OperationEvent[]; error?: Error } {
  const { operationId, isLive, isOn } = options;
  const kubesmithApi = useApi(kubesmithApiRef);
  const [state, setState] = useState<{
    operationId: string;
    events: OperationEvent[];
    error?: Error;
  }>({ operationId, events: [] });
  const events = state.operationId === operationId ? state.events : [];
  const after = events.at(-1)?.id ?? 0;

  useEffect(() => {
    if (!isOn) {
      return undefined;
    }
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let cursor = after;

    const read = async () => {
      try {
        const page = await kubesmithApi.listOperationEvents(operationId, {
          after: cursor,
          limit: PAGE,
        });
        if (stopped) {
          return;
        }
        cursor = page.at(-1)?.id ?? cursor;
        setState(current => ({
          operationId,
          events: [
            ...(current.operationId === operationId ? current.events : []),
            ...page,
          ].slice(-KEPT),
        }));
        if (page.length === PAGE) {
          await read();
          return;
        }
      } catch (error) {
        if (stopped) {
          return;
        }
        setState(current => ({
          ...current,
          error: error instanceof Error ? error : new Error(String(error)),
        }));
      }
      if (isLive) {
        timer = setTimeout(read, 2_000);
      }
    };

    read();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
    // `after` only says where to begin; each answer moves the cursor itself.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [kubesmithApi, operationId, isLive, isOn]);

  return { events, error: state.error };
}
