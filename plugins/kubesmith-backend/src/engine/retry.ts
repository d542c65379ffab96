import type { Failure } from '@kubesmith/plugin-kubesmith-common';

/** What to do after a failure. Times in milliseconds. */
export type RetryDecision =
  | {
      retry: true;
      waitMs: number;
      /** The try does not count. */ refundAttempt: boolean;
    }
  | { retry: false };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const LIMITS = {
  attempts: 5,
  totalMs: 15 * MINUTE,
  contentionMs: 60 * MINUTE,
  unknownAttempts: 2,
};
const FOREVER = {
  firstMs: 5 * SECOND,
  permanentFirstMs: MINUTE,
  longestMs: 15 * MINUTE,
};

/**
 * Decides by the class of a failure: `transient` again with growing pauses, `ambiguous` soon, because every step looks first
 * at what is there, `contention` without counting, `unknown` once more, `permanent` never. A step that is older than a quarter of an
 * hour is tried once more, no oftener. What may not fail for good (a deletion) waits longer and longer.
 *
 * @param attempt - the number of the attempt that failed, from 1
 * @param ageMs - since the step was first begun
 */
export function decideRetry(options: {
  failure: Failure;
  mode: 'limited' | 'forever';
  attempt: number;
  ageMs: number;
  random?: () => number;
}): RetryDecision {
  const { failure, mode, attempt, ageMs, random = Math.random } = options;
  // Up to a fifth more, so that what failed together does not come back together.
  const wait = (ms: number, refundAttempt = false): RetryDecision => ({
    retry: true,
    waitMs: Math.round(ms * (1 + random() / 5)),
    refundAttempt,
  });
  const doubled = (first: number, longest: number) =>
    Math.min(first * 2 ** Math.min(attempt - 1, 20), longest);

  if (failure.class === 'contention') {
    if (mode === 'forever' || ageMs < LIMITS.contentionMs)
      return wait(10 * SECOND, true);
    return { retry: false };
  }
  if (mode === 'forever') {
    return wait(
      doubled(
        failure.class === 'permanent'
          ? FOREVER.permanentFirstMs
          : FOREVER.firstMs,
        FOREVER.longestMs,
      ),
    );
  }
  // A step that takes long by itself is not over because of its first mishap.
  const withinLimits =
    attempt < LIMITS.attempts && (attempt === 1 || ageMs < LIMITS.totalMs);
  switch (failure.class) {
    case 'transient':
      return withinLimits
        ? wait(doubled(5 * SECOND, 5 * MINUTE))
        : { retry: false };
    case 'ambiguous':
      return withinLimits
        ? wait(doubled(2 * SECOND, 5 * MINUTE))
        : { retry: false };
    case 'unknown':
      return attempt < LIMITS.unknownAttempts
        ? wait(5 * SECOND)
        : { retry: false };
    default:
      return { retry: false };
  }
}
