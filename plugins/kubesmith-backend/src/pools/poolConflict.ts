import { isDeepStrictEqual } from 'node:util';
import { parseIpv4 } from './ipv4';

/** Where a pool begins and ends, and what else is said about it. */
type DescribedPool = { name: string; first: string; last: string };

/** Why two environments cannot have these pools side by side; undefined when they can. */
export function poolConflict<T extends DescribedPool>(
  a: T,
  b: T,
): string | undefined {
  if (a.name === b.name) {
    return isDeepStrictEqual(a, b)
      ? undefined
      : `the pool '${a.name}' is described differently elsewhere; make both alike or rename one`;
  }
  return poolsOverlap(a, b)
    ? `its addresses overlap those of the pool '${a.name}'; choose other ends`
    : undefined;
}

/** Whether an address lies in both ranges. */
export function poolsOverlap(
  a: Pick<DescribedPool, 'first' | 'last'>,
  b: Pick<DescribedPool, 'first' | 'last'>,
): boolean {
  return (
    parseIpv4(a.first)! <= parseIpv4(b.last)! &&
    parseIpv4(b.first)! <= parseIpv4(a.last)!
  );
}
