import type { ClusterRecord } from '../database/records';
import { DAY_MS, HOUR_MS } from '../time';
import type { NoticeKind } from './records';

/** A moment for somebody whose time zone we do not know: `28 Nov 2026, 14:05 UTC`. */
export function formatMoment(moment: number): string {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'UTC',
    timeZoneName: 'short',
  }).format(moment);
}

/** A unit of time, its name, and from which distance on it is used. */
const UNITS: ReadonlyArray<[ms: number, name: string, from: number]> = [
  [DAY_MS, 'day', 2 * DAY_MS],
  [HOUR_MS, 'hour', HOUR_MS],
  [60_000, 'minute', -Infinity],
];

/** How long until then: `in 6 days`, `in 1 hour`, `in 40 minutes`. */
function formatDistance(ms: number): string {
  const [unitMs, unit] = UNITS.find(([, , from]) => ms >= from)!;
  const count = Math.max(1, Math.round(ms / unitMs));
  return `in ${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** What a notice says. `about` is the moment that it tells of, `now` the database's time. */
export function noticeText(
  cluster: Pick<ClusterRecord, 'name' | 'environment'>,
  notice: { kind: NoticeKind; about: number },
  now: number,
): { title: string; description: string; severity: 'normal' | 'high' } {
  const { about, kind } = notice;
  const which = `The cluster ${cluster.name}`;
  const when = `${formatDistance(about - now)}, on ${formatMoment(about)}`;
  switch (kind) {
    case 'over':
      return {
        title: `${which} has expired`,
        description: `It goes to sleep now, and is deleted with everything on it ${when}. Extend it on its page to keep it: then it wakes.`,
        severity: 'high',
      };
    case 'last-day':
      return {
        title: `${which} is about to be deleted`,
        description: `It expired and is deleted with everything on it ${when}. Extend it on its page to keep it: then it wakes.`,
        severity: 'high',
      };
    default:
      return {
        title: `${which} expires ${formatDistance(about - now)}`,
        description: `Its time in ${cluster.environment} ends on ${formatMoment(
          about,
        )}. Extend it on its page if you still need it, or delete it if you do not.`,
        severity: kind === 'week' ? 'normal' : 'high',
      };
  }
}

/** What the owner is told when the deletion begins. */
export function deletedText(cluster: Pick<ClusterRecord, 'name'>) {
  return {
    title: `The cluster ${cluster.name} is being deleted`,
    description:
      'It expired and nobody extended it. Its page keeps what it was.',
    severity: 'high' as const,
  };
}
