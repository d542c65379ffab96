import type { Suite } from './suites.ts';

/** The suites in their order; neighbours that may run beside each other are together. */
export function groups(suites: Suite[]): Suite[][] {
  const result: Suite[][] = [];
  for (const suite of suites) {
    const last = result.at(-1);
    if (suite.beside && last?.[0].beside) last.push(suite);
    else result.push([suite]);
  }
  return result;
}

/** Does the work for each, two at a time, beginning in their order. The answers are in their order, too. */
export async function twoAtATime<T, R>(
  items: T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const answers: R[] = [];
  const rest = items.entries();
  const one = async () => {
    for (const [index, item] of rest) answers[index] = await work(item);
  };
  await Promise.all([one(), one()]);
  return answers;
}
