const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time for people: `8 s`, `1 min 05 s`, `2 h 10 min`. Negative ones (clocks differ) count as none. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) {
    return `${seconds} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  }
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(
    2,
    '0',
  )} min`;
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/** A moment as seen from `now`, both in ms since the epoch: `in 3 days`, `5 minutes ago`, `just now`. */
export function formatRelative(moment: number, now: number): string {
  const distance = moment - now;
  const size = Math.abs(distance);
  if (size < MINUTE) {
    return distance > 0 ? 'in less than a minute' : 'just now';
  }
  if (size < HOUR) {
    return relative.format(Math.round(distance / MINUTE), 'minute');
  }
  if (size < 2 * DAY) {
    return relative.format(Math.round(distance / HOUR), 'hour');
  }
  return relative.format(Math.round(distance / DAY), 'day');
}

/** A moment (ms since the epoch) in the reader's time zone: `21 Nov 2026, 14:05 CET`. */
export function formatAbsolute(moment: number): string {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(moment);
}

/** A moment (ms since the epoch) in a time zone (IANA name): `Mon, 23 Nov 2026, 20:00 CET`. */
export function formatInZone(moment: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
    timeZoneName: 'short',
  }).format(moment);
}
