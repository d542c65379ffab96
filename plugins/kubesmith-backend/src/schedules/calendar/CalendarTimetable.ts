import type { Edge } from '../timetable';

/** From when to when; milliseconds since the epoch. */
export interface Span {
  from: number;
  to: number;
}

/** The timetable of a cluster that is awake while something is in a calendar, and asleep otherwise. */
export interface CalendarTimetable {
  /** When it is awake, in their order; at least half an hour between two. */
  spans: Span[];
  /** IANA name: of days, and for people who read it. */
  timeZone: string;
  /** The end of the last of them, or how far was looked. Nothing is known of later (ms since the epoch). */
  knownUntil: number;
  /** Whether the calendar has more after that. */
  goesOn: boolean;
}

/** The moments after one and up to another, in their order. */
export function calendarEdges(
  { spans }: CalendarTimetable,
  after: number,
  upTo: number = Infinity,
): Edge[] {
  return spans
    .flatMap(({ from, to }): Edge[] => [
      { kind: 'wake', at: from },
      { kind: 'hibernate', at: to },
    ])
    .filter(({ at }) => at > after && at <= upTo);
}
