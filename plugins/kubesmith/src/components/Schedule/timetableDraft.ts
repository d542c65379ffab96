import {
  isTimeOfDay,
  toTimetable,
  toWeeklyHours,
  type ClusterSchedule,
  type ScheduleWish,
  type Timetable,
} from '@kubesmith/plugin-kubesmith-common';

/** A timetable as it stands in the form: what belongs to another way to say it stays there meanwhile. */
export interface TimetableDraft {
  way: 'weekly' | 'cron' | 'calendar';
  /** 0 is Sunday. */
  days: readonly number[];
  from: string;
  to: string;
  sleep: string;
  wake: string;
  /** What was chosen; the text holds nothing but times. */
  file?: { name: string; ics: string };
  timeZone: string;
}

/** What the form begins with: working hours, where the browser is. */
export function newDraft(): TimetableDraft {
  return {
    way: 'weekly',
    days: [1, 2, 3, 4, 5],
    from: '07:00',
    to: '20:00',
    sleep: '0 20 * * 1-5',
    wake: '0 7 * * 1-5',
    timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC',
  };
}

/** A timetable as the form shows it, in the simplest way that says it. */
export function toDraft(timetable: Timetable): TimetableDraft {
  const hours = toWeeklyHours(timetable);
  const { sleep, timeZone, wake = '' } = timetable;
  return {
    ...newDraft(),
    way: hours ? 'weekly' : 'cron',
    ...hours,
    ...{ sleep, timeZone, wake },
  };
}

/** What the form begins with for a cluster. The file of a calendar is not kept: it has to be chosen again. */
export function draftOf({
  calendar,
  timetable,
}: Pick<ClusterSchedule, 'calendar' | 'timetable'>): TimetableDraft {
  if (timetable) return toDraft(timetable);
  return calendar
    ? { ...newDraft(), way: 'calendar', timeZone: calendar.timeZone }
    : newDraft();
}

/** What is wrong with the fields, by their names; what only the portal knows is not among it. */
export function draftProblems(
  draft: TimetableDraft,
): Partial<Record<keyof TimetableDraft, string>> {
  const { days, file, from, sleep, timeZone, to, way } = draft;
  const zone =
    timeZone === '' ? { timeZone: 'Choose a time zone.' } : undefined;
  if (way === 'calendar')
    return { ...zone, ...(!file && { file: 'Choose a file.' }) };
  if (way === 'cron')
    return {
      ...zone,
      ...(sleep.trim() === '' && {
        sleep: "Say when it goes to sleep, such as '0 20 * * 1-5'.",
      }),
    };
  const time = (text: string) =>
    isTimeOfDay(text.trim()) ? undefined : 'Write a time like 07:00.';
  const atOnce = from.trim() === to.trim() ? 'Choose another time.' : undefined;
  const problems = {
    ...zone,
    days:
      days.length === 0
        ? 'Choose a day, or take the timetable away.'
        : undefined,
    from: time(from),
    to: time(to) ?? atOnce,
  };
  return Object.fromEntries(
    Object.entries(problems).filter(([, problem]) => problem),
  );
}

/** Whether a draft is one that the portal can be asked about. */
export function isFilledIn(draft: TimetableDraft): boolean {
  return Object.keys(draftProblems(draft)).length === 0;
}

/** The timetable that a draft means; undefined while something is missing, and for a calendar. */
export function timetableOf(draft: TimetableDraft): Timetable | undefined {
  if (!isFilledIn(draft)) return undefined;
  const { from, sleep, timeZone, to, wake, way } = draft;
  if (way === 'weekly')
    return toTimetable({ ...draft, from: from.trim(), to: to.trim() });
  if (way === 'calendar') return undefined;
  return {
    sleep: sleep.trim(),
    ...(wake.trim() && { wake: wake.trim() }),
    timeZone,
  };
}

/** What a draft means; undefined while something is missing. */
export function wishOf(draft: TimetableDraft): ScheduleWish | undefined {
  const { file, timeZone, way } = draft;
  if (way === 'calendar' && file && isFilledIn(draft))
    return { calendar: { ics: file.ics, timeZone } };
  const timetable = timetableOf(draft);
  return timetable && { timetable };
}
