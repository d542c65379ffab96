import { useCallback, useEffect, useRef, useState } from 'react';

/** A value that is read again and again. */
export type Polled<T> = {
  /** The newest value; stays while a later read fails. */
  value?: T;
  /** Why the newest read failed; undefined after a success. */
  error?: Error;
  /** True until the first answer, good or bad. */
  isLoading: boolean;
  /** Reads now, and begins the interval anew. */
  refresh: () => void;
};

/**
 * Reads a value at once, at an interval and on demand, but not while the page is hidden. An answer that was overtaken by
 * a newer question is dropped.
 *
 * @param load - must keep its identity (`useCallback`): another one begins from nothing
 * @param everyMs - milliseconds between an answer and the next question, given the newest value
 */
export function usePolled<T>(
  load: () => Promise<T>,
  everyMs: (value: T | undefined) => number,
): Polled<T> {
  const [state, setState] = useState<Omit<Polled<T>, 'refresh'>>({
    isLoading: true,
  });
  const intervalRef = useRef(everyMs);
  intervalRef.current = everyMs;
  const readRef = useRef<() => void>(() => {});

  useEffect(() => {
    let newest = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let latest: T | undefined;
    setState({ isLoading: true });

    const read = async () => {
      newest += 1;
      const question = newest;
      clearTimeout(timer);
      let next: Omit<Polled<T>, 'refresh'>;
      try {
        latest = await load();
        next = { value: latest, isLoading: false };
      } catch (error) {
        next = {
          value: latest,
          error: error instanceof Error ? error : new Error(String(error)),
          isLoading: false,
        };
      }
      if (question === newest) {
        setState(next);
        if (document.visibilityState !== 'hidden') {
          timer = setTimeout(read, intervalRef.current(latest));
        }
      }
    };
    const onVisible = () => {
      if (document.visibilityState !== 'hidden') {
        read();
      }
    };

    readRef.current = read;
    read();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      newest += 1;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [load]);

  const refresh = useCallback(() => {
    readRef.current();
  }, []);
  return { ...state, refresh };
}
