import { formatAbsolute } from '../../format/time';

const DAY_MS = 24 * 3_600_000;
/** The API allows 366 days. */
const LONGEST_MS = 365 * DAY_MS;

const spans = [
  { days: 1, label: 'One day' },
  { days: 7, label: 'One week' },
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: 180, label: 'Half a year' },
];

/**
 * Until when a cluster may be shared: some spans that end before the cluster does, and as long as it lasts.
 *
 * @param now - milliseconds since the epoch
 * @param expiresAt - of the cluster, ISO 8601
 */
export function untilChoices(
  now: number,
  expiresAt: string,
): { id: string; label: string }[] {
  const end = Math.min(Date.parse(expiresAt), now + LONGEST_MS);
  const choice = (label: string, time: number) => ({
    id: new Date(time).toISOString(),
    label: `${label}, until ${formatAbsolute(time)}`,
  });
  return [
    ...spans
      .map(({ days, label }) => ({ label, time: now + days * DAY_MS }))
      .filter(({ time }) => time < end)
      .map(({ label, time }) => choice(label, time)),
    ...(end > now ? [choice('As long as the cluster lasts', end)] : []),
  ];
}
