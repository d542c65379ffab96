import type { Lease } from '@kubesmith/plugin-kubesmith-common';
import { formatAbsolute } from '../../format/time';

const DAY = 24 * 3_600_000;
/** A minute more is not worth a button. */
const MINUTE = 60_000;
/** What people think in, in days. */
const USUAL_DAYS = [7, 14, 30, 60, 90, 180, 365];

/** A new end to choose. */
export type LeaseChoice = {
  /** The new end, ISO 8601. */
  id: string;
  /** How far from now, and the date in the reader's time zone. */
  label: string;
};

function inWords(days: number): string {
  const rounded = Math.round(days * 10) / 10;
  return `${rounded} ${rounded === 1 ? 'day' : 'days'}`;
}

/**
 * The ends that a cluster can be given: the usual lengths that are later than the present end, and the latest possible one.
 * Counted from the portal's clock, not from the browser's.
 */
export function leaseChoices(
  lease: Pick<Lease, 'expiresAt' | 'latest' | 'maxDays'>,
): LeaseChoice[] {
  const { latest, maxDays } = lease;
  if (latest === undefined || maxDays === undefined) return [];
  const last = Date.parse(latest);
  const now = last - maxDays * DAY;
  const present = Date.parse(lease.expiresAt);
  const choice = (end: number, days: number, note = ''): LeaseChoice => ({
    id: new Date(end).toISOString(),
    label: `${inWords(days)} from now${note}: ${formatAbsolute(end)}`,
  });
  const usual = USUAL_DAYS.filter(days => days < maxDays)
    .map(days => choice(now + days * DAY, days))
    .filter(({ id }) => Date.parse(id) > present + MINUTE);
  return last > present + MINUTE
    ? [...usual, choice(last, maxDays, ', the longest')]
    : usual;
}
