/**
 * Chooses `count` free addresses from `first` to `last`: the tightest gap that holds them all in a row (best fit leaves the
 * large gaps whole), or, when no gap is large enough, the lowest free ones wherever they lie.
 *
 * @param range.taken - taken addresses in ascending order; those outside the range do not matter
 * @returns the addresses in ascending order, or undefined when fewer than `count` are free
 */
export function chooseAddresses(
  range: { first: number; last: number; taken: number[] },
  count: number,
): number[] | undefined {
  const gaps = findGaps(range);
  const free = gaps.reduce((sum, gap) => sum + gap.size, 0);
  if (free < count) {
    return undefined;
  }
  const fitting = gaps
    .filter(gap => gap.size >= count)
    .sort((a, b) => a.size - b.size || a.start - b.start);
  if (fitting.length > 0) {
    return sequence(fitting[0].start, count);
  }
  return gaps.flatMap(gap => sequence(gap.start, gap.size)).slice(0, count);
}

type Gap = { start: number; size: number };

function findGaps(range: {
  first: number;
  last: number;
  taken: number[];
}): Gap[] {
  const gaps: Gap[] = [];
  let next = range.first;
  for (const address of [...range.taken, range.last + 1]) {
    if (address < range.first || address > range.last + 1) {
      continue;
    }
    if (address > next) {
      gaps.push({ start: next, size: address - next });
    }
    next = Math.max(next, address + 1);
  }
  return gaps;
}

function sequence(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => start + index);
}
