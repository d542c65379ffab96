/**
 * The lowest free machine ids of a range.
 *
 * @returns fewer than `count` when the range has no more
 */
export function chooseVmids(
  range: { first: number; last: number },
  taken: Set<number>,
  count: number,
): number[] {
  const chosen: number[] = [];
  for (let vmid = range.first; vmid <= range.last; vmid++) {
    if (chosen.length === count) {
      break;
    }
    if (!taken.has(vmid)) {
      chosen.push(vmid);
    }
  }
  return chosen;
}
