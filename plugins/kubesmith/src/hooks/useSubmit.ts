import { useCallback, useState } from 'react';
import { errorText } from '../format/errorText';

/**
 * What a form does when it is sent, and what went wrong. After a success it stays pending: whoever shows the form closes it
 * or shows something else.
 */
export function useSubmit() {
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<string>();

  /** Tells of something that went wrong before the form was sent, such as reading what there is to choose from. */
  const fail = useCallback((cause: unknown) => setError(errorText(cause)), []);

  const submit = useCallback(
    async (run: () => Promise<void>) => {
      setPending(true);
      setError(undefined);
      try {
        await run();
      } catch (cause) {
        fail(cause);
        setPending(false);
      }
    },
    [fail],
  );

  return { error, fail, isPending, submit };
}
