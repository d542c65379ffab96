import {
  type FieldProblem,
  type ScheduleWish,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import { CalendarError, readCalendar } from './calendar';
import {
  type AnyTimetable,
  timetableProblems,
  zoneProblems,
} from './timetable';

/** The timetable that somebody means by exactly one of both, or what is wrong with it. Of a calendar, what comes after now (ms since the epoch). */
export async function readTimetable(
  { calendar, timetable }: ScheduleWish,
  now: number,
): Promise<AnyTimetable | { problems: FieldProblem[] }> {
  if (timetable && !calendar) {
    const problems = timetableProblems(timetable);
    return problems.length > 0 ? { problems } : timetable;
  }
  if (!calendar || timetable)
    return {
      problems: [
        fieldProblem('timetable', 'KUBESMITH-FIELD-INVALID', {
          field: 'timetable',
          detail: 'must be there, or a calendar, and not both',
        }),
      ],
    };
  const problems = zoneProblems(calendar.timeZone);
  if (problems.length > 0) return { problems };
  try {
    return await readCalendar(calendar, now);
  } catch (error) {
    if (!(error instanceof CalendarError)) throw error;
    const detail = error.message;
    return {
      problems: [
        fieldProblem('calendar', 'KUBESMITH-CALENDAR-INVALID', { detail }),
      ],
    };
  }
}
