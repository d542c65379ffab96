import { median } from './figures';

/** Something that is measured, once per call. */
export type Side = () => Promise<unknown>;

/** What one pair gave: how long each side took in the middle, in milliseconds. */
export type Pair = { a: number; b: number };

/**
 * Measures two sides in one run: pairs of rounds, and within each the two sides take turns call by call, so that whatever else
 * the machine does meets both alike. Who begins changes with every turn.
 *
 * @param options.pairs - how many pairs; at least 5, for a spread that says something
 * @param options.calls - of each side within a pair
 * @param options.warmUp - calls of each side beforehand, not measured
 */
export async function measurePairs(
  sides: { a: Side; b: Side },
  options: { pairs: number; calls: number; warmUp: number },
): Promise<Pair[]> {
  for (let call = 0; call < options.warmUp; call++) {
    await sides.a();
    await sides.b();
  }
  const pairs: Pair[] = [];
  for (let pair = 0; pair < options.pairs; pair++) {
    const times = { a: [] as number[], b: [] as number[] };
    for (let call = 0; call < options.calls; call++) {
      const turn =
        call % 2 === 0 ? (['a', 'b'] as const) : (['b', 'a'] as const);
      for (const side of turn) times[side].push(await timeOf(sides[side]));
    }
    pairs.push({ a: median(times.a), b: median(times.b) });
  }
  return pairs;
}

/** The ratios a / b of pairs. */
export const ratiosOf = (pairs: Pair[]) => pairs.map(({ a, b }) => a / b);

/** How long both sides took in the middle of all pairs, for a note: `12.3 ms / 8.1 ms`. */
export function describePairs(pairs: Pair[]): string {
  const [a, b] = [pairs.map(pair => pair.a), pairs.map(pair => pair.b)].map(
    times => `${median(times).toFixed(1)} ms`,
  );
  return `${a} / ${b}`;
}

/** How long one call takes, in milliseconds. */
export async function timeOf(side: Side): Promise<number> {
  const begun = performance.now();
  await side();
  return performance.now() - begun;
}
