import { useApi } from '@backstage/frontend-plugin-api';
import { kubesmithApiRef } from '@kubesmith/plugin-kubesmith';
import type {
  OrderCheck,
  OrderDraft,
} from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useState } from 'react';

/** How long the form must have rested, in ms. */
const PAUSE_MS = 400;

/**
 * What an order would use up, while it is being filled in: the newest answer stays until the next one is there.
 *
 * @param draft - undefined asks nothing
 */
export function useOrderPreview(draft: OrderDraft | undefined): {
  preview?: OrderCheck;
  error?: Error;
} {
  const kubesmithApi = useApi(kubesmithApiRef);
  const [state, setState] = useState<{ preview?: OrderCheck; error?: Error }>(
    {},
  );
  const key = draft && JSON.stringify(draft);

  useEffect(() => {
    if (key === undefined) {
      setState({});
      return undefined;
    }
    let isOvertaken = false;
    const timer = setTimeout(async () => {
      let next: typeof state;
      try {
        next = { preview: await kubesmithApi.previewOrder(JSON.parse(key)) };
      } catch (error) {
        next = {
          error: error instanceof Error ? error : new Error(`${error}`),
        };
      }
      if (!isOvertaken) {
        setState(next);
      }
    }, PAUSE_MS);
    return () => {
      isOvertaken = true;
      clearTimeout(timer);
    };
  }, [kubesmithApi, key]);

  return state;
}
