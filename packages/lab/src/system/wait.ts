import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until the answer is neither false nor undefined, and resolves with it.
 * Resolves with undefined when the time is over.
 */
export async function waitFor<T>(
  question: () => Promise<T | false | undefined> | T | false | undefined,
  options: { timeoutMs: number; intervalMs?: number },
): Promise<T | undefined> {
  const end = Date.now() + options.timeoutMs;
  for (;;) {
    const answer = await question();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() >= end) return undefined;
    await sleep(options.intervalMs ?? 25);
  }
}
