import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@backstage/backend-plugin-api';
import { isError } from '@backstage/errors';
import { isKubesmithApiError } from '@kubesmith/plugin-kubesmith-common';

/** How long to put up with a Kubesmith backend that does not answer. Milliseconds. */
export type Patience = {
  /** Longest time without an answer. */
  awayMs: number;
  /** First pause between two tries; it doubles up to `maxPauseMs`. */
  pauseMs: number;
  maxPauseMs: number;
};

/** Longer than a restart of the portal takes. */
export const defaultPatience: Patience = {
  awayMs: 5 * 60_000,
  pauseMs: 1_000,
  maxPauseMs: 15_000,
};

/**
 * Whether asking again may help. The backend is the same process in a small portal and another one in a large portal; in
 * both cases it may be restarting, and right after that it may not know our keys yet (401).
 */
function mayHelpToAskAgain(error: unknown): boolean {
  const status = statusOf(error);
  if (status !== undefined) {
    return status >= 500 || status === 429 || status === 401;
  }
  if (!isError(error)) {
    return false;
  }
  // fetch() says TypeError with a cause when there is no connection; any other TypeError is a mistake in a program.
  const isWithoutConnection =
    (error instanceof TypeError && error.cause !== undefined) ||
    error.name === 'FetchError';
  return (
    isWithoutConnection ||
    error.name === 'AbortError' ||
    error.name === 'TimeoutError'
  );
}

/** The HTTP status behind an error: of Kubesmith's API, or of the plugin that hands out tokens. */
function statusOf(error: unknown): number | undefined {
  if (isKubesmithApiError(error)) {
    return error.status;
  }
  return isError(error) && error.name === 'ResponseError'
    ? Number(error.statusCode)
    : undefined;
}

/**
 * Calls the Kubesmith backend and waits for it when it is briefly away. The call must be safe to repeat.
 *
 * @throws what the call threw, when the backend refused, or was away for longer than the patience lasts; the reason of
 *   the signal, when it was aborted
 */
export async function patiently<T>(
  call: () => Promise<T>,
  options: {
    logger: LoggerService;
    patience: Patience;
    signal?: AbortSignal;
  },
): Promise<T> {
  const { logger, patience, signal } = options;
  const giveUpAt = Date.now() + patience.awayMs;
  for (let pause = patience.pauseMs; ; pause *= 2) {
    signal?.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      signal?.throwIfAborted();
      if (!mayHelpToAskAgain(error) || Date.now() >= giveUpAt) {
        throw error;
      }
      if (pause === patience.pauseMs) {
        logger.warn(
          `Kubesmith does not answer (${
            (error as Error).message
          }). The work goes on there; trying again.`,
        );
      }
      await sleep(Math.min(pause, patience.maxPauseMs), undefined, { signal });
    }
  }
}
