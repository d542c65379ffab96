import { toastApiRef, useApi } from '@backstage/frontend-plugin-api';
import { useCallback, useRef, useState } from 'react';
import { errorText } from '../format/errorText';

/**
 * Something that a press of a button does: runs once at a time, and says in a toast how it ended.
 *
 * @param options.run - does it
 * @param options.done - said after a success
 * @param options.failed - said after a failure, with the reason below
 * @param options.after - called after a success
 */
export function useAction(options: {
  run: () => Promise<unknown>;
  done: string;
  failed: string;
  after?: () => void;
}) {
  const toastApi = useApi(toastApiRef);
  const [isRunning, setRunning] = useState(false);
  const optionsRef = useRef(options);
  optionsRef.current = options;

  const start = useCallback(async () => {
    setRunning(true);
    const { run, done, failed, after } = optionsRef.current;
    try {
      await run();
      toastApi.post({ title: done, status: 'success', timeout: 5_000 });
      after?.();
    } catch (error) {
      toastApi.post({
        title: failed,
        description: errorText(error),
        status: 'danger',
      });
    } finally {
      setRunning(false);
    }
  }, [toastApi]);

  return { isRunning, start };
}
