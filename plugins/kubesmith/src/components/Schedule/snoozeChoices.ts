import { formatAbsolute } from '../../format/time';

const HOUR = 3_600_000;
const CHOICES = [
  [2, '2 hours'],
  [6, '6 hours'],
  [12, '12 hours'],
  [24, 'a day'],
  [3 * 24, '3 days'],
  [7 * 24, 'a week'],
  [30 * 24, '30 days'],
] as const;

/** Until when a cluster may be kept awake, from now (ms since the epoch). The ids are ISO 8601. */
export function snoozeChoices(now: number): { id: string; label: string }[] {
  return CHOICES.map(([hours, text]) => {
    const end = now + hours * HOUR;
    return {
      id: new Date(end).toISOString(),
      label: `For ${text}: until ${formatAbsolute(end)}`,
    };
  });
}
