import type { GrantOptions } from '@kubesmith/plugin-kubesmith-common';

const usual = [0.5, 1, 4, 8, 24, 72, 168];

function label(hours: number): string {
  if (hours < 1) return `${Math.round(hours * 60)} minutes`;
  return hours === 1 ? '1 hour' : `${hours} hours`;
}

/** How long a kubeconfig may be asked for: the usual times up to the longest, and always the default and the longest. */
export function lifetimesUpTo({
  defaultHours,
  maxHours,
}: Pick<GrantOptions, 'defaultHours' | 'maxHours'>): {
  id: string;
  label: string;
}[] {
  const hours = new Set([
    ...usual.filter(each => each <= maxHours),
    defaultHours,
    maxHours,
  ]);
  return [...hours]
    .sort((a, b) => a - b)
    .map(each => ({ id: String(each), label: label(each) }));
}
