import type { Timetable } from './api/types';

/** A timetable as most people think of it: awake on some days of the week from one time to another, and asleep otherwise. */
export interface WeeklyHours {
  /** 0 is Sunday, 6 Saturday; in their order, each once. */
  days: readonly number[];
  /** `07:00`. */
  from: string;
  /** `20:00`; on the next day, when it is not later than `from`. */
  to: string;
  /** IANA name. */
  timeZone: string;
}

const DAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
];
const SHORT = DAYS.map(day => day.slice(0, 3).toUpperCase());
/** As weeks are read: from Monday. */
const WEEK = [1, 2, 3, 4, 5, 6, 0];
const TIME = /^([01]?\d|2[0-3]):([0-5]\d)$/;

/** The days of the week from Monday, with the numbers that {@link WeeklyHours} have. @public */
export const WEEK_DAYS: readonly { day: number; name: string }[] = WEEK.map(
  day => ({ day, name: DAYS[day] }),
);

/** Whether a text is a time of day such as `07:00`. */
export function isTimeOfDay(text: string): boolean {
  return TIME.test(text);
}

/** The cron patterns that say the same. The times must be times of day, and there must be a day. */
export function toTimetable(hours: WeeklyHours): Timetable {
  const { days, from, timeZone, to } = hours;
  const nights = isOverMidnight(hours) ? days.map(day => (day + 1) % 7) : days;
  return {
    sleep: pattern(to, nights),
    wake: pattern(from, days),
    timeZone,
  };
}

/** The weekly hours that a timetable means, if it is that simple. */
export function toWeeklyHours(timetable: Timetable): WeeklyHours | undefined {
  const sleep = readPattern(timetable.sleep);
  const wake = readPattern(timetable.wake);
  if (!sleep || !wake || sleep.time === wake.time) return undefined;
  const hours: WeeklyHours = {
    days: wake.days,
    from: wake.time,
    to: sleep.time,
    timeZone: timetable.timeZone,
  };
  const same = toTimetable(hours).sleep === pattern(sleep.time, sleep.days);
  return same ? hours : undefined;
}

/** A timetable in words, as a sentence. */
export function timetableText(timetable: Timetable): string {
  const hours = toWeeklyHours(timetable);
  const { sleep, timeZone, wake } = timetable;
  if (!hours)
    return `Goes to sleep at '${sleep}' and ${
      wake ? `wakes at '${wake}'` : 'does not wake by itself'
    } (cron patterns, ${timeZone}).`;
  const { days, from, to } = hours;
  const until = isOverMidnight(hours) ? `${to} on the next day` : to;
  return `Awake ${daysText(
    days,
  )} from ${from} to ${until} (${timeZone}), asleep otherwise.`;
}

function isOverMidnight({
  from,
  to,
}: Pick<WeeklyHours, 'from' | 'to'>): boolean {
  return minutes(to) <= minutes(from);
}

function minutes(time: string): number {
  const [, hour, minute] = TIME.exec(time) ?? [];
  return Number(hour) * 60 + Number(minute);
}

function pattern(time: string, days: readonly number[]): string {
  const [, hour, minute] = TIME.exec(time) ?? [];
  const sorted = WEEK.filter(day => days.includes(day));
  const run = isRun(sorted);
  let of = sorted.join(',');
  if (sorted.length === 7) of = '*';
  // Cron's weeks begin on Sunday.
  else if (run && sorted.length > 2 && !sorted.includes(0))
    of = `${sorted[0]}-${sorted[sorted.length - 1]}`;
  return `${Number(minute)} ${Number(hour)} * * ${of}`;
}

/** Whether days follow each other in a week that begins on Monday. */
function isRun(sorted: readonly number[]): boolean {
  const places = sorted.map(day => WEEK.indexOf(day));
  return places.every((place, n) => n === 0 || place === places[n - 1] + 1);
}

function readPattern(
  text: string | undefined,
): { time: string; days: number[] } | undefined {
  const fields = /^(\d{1,2}) (\d{1,2}) \* \* (\S+)$/.exec(
    (text ?? '').trim().replace(/\s+/g, ' '),
  );
  if (!fields) return undefined;
  const [, minute, hour, of] = fields;
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  const days = readDays(of);
  return isTimeOfDay(time) && days ? { time, days } : undefined;
}

function readDays(text: string): number[] | undefined {
  if (text === '*') return [...WEEK];
  const found = new Set<number>();
  for (const part of text.toUpperCase().split(',')) {
    const [first, last = first, ...more] = part.split('-').map(readDay);
    if (first === undefined || last === undefined || more.length > 0)
      return undefined;
    const end = last < first && last === 0 ? 7 : last;
    if (end < first) return undefined;
    for (let day = first; day <= end; day++) found.add(day % 7);
  }
  return WEEK.filter(day => found.has(day));
}

function readDay(text: string): number | undefined {
  if (/^[0-7]$/.test(text)) return Number(text) % 7;
  const named = SHORT.indexOf(text);
  return named < 0 ? undefined : named;
}

function daysText(days: readonly number[]): string {
  const sorted = WEEK.filter(day => days.includes(day));
  if (sorted.length === 7) return 'every day';
  const names = sorted.map(day => DAYS[day]);
  if (sorted.length > 2 && isRun(sorted))
    return `${names[0]} to ${names[names.length - 1]}`;
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}
