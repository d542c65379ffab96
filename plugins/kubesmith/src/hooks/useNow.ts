import { useEffect, useState } from 'react';

/**
 * The time in milliseconds since the epoch, renewed at an interval.
 *
 * @param everyMs - undefined stops the clock
 */
export function useNow(everyMs: number | undefined): number {
  const [now, setNow] = useState(() => Date.now());

  useEffect(() => {
    if (everyMs === undefined) {
      return undefined;
    }
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);

  return now;
}
