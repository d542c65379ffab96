/** A version as numbers, for comparing: `1.36.3` is [1, 36, 3]. */
function numbers(version: string): number[] {
  return version.split('.').map(Number);
}

/** Less than 0 when the first is older, more than 0 when it is newer, 0 when they are the same. */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [numbers(one), numbers(other)];
  const index = a.findIndex((value, position) => value !== b[position]);
  return index < 0 ? 0 : a[index] - b[index];
}

/** How many minor versions the second is newer; endless for another major one. */
export function minorsBetween(one: string, other: string): number {
  const [a, b] = [numbers(one), numbers(other)];
  return a[0] === b[0] ? b[1] - a[1] : Number.POSITIVE_INFINITY;
}

/** Those to which a cluster can go at once, the oldest first. */
export function upgradesFrom(
  now: string,
  offered: readonly string[],
): string[] {
  return offered
    .filter(
      version =>
        compareVersions(version, now) > 0 && minorsBetween(now, version) <= 1,
    )
    .sort(compareVersions);
}
