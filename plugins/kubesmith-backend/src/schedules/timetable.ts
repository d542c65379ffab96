import {
  type FieldProblem,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import { CronTime } from 'cron';
import { DateTime, IANAZone } from 'luxon';
import { DAY_MS } from '../time';
import { type CalendarTimetable, calendarEdges } from './calendar';

/** When a cluster sleeps and wakes by itself, by patterns. */
export interface Timetable {
  /** Cron pattern with five fields. */
  sleep: string;
  /** The same; without one, nobody but a person wakes the cluster. */
  wake?: string;
  /** IANA name. */
  timeZone: string;
}

/** By patterns, or by the times of a calendar file. */
export type AnyTimetable = Timetable | CalendarTimetable;

/** A moment (ms since the epoch) at which something is to be done. */
export interface Edge {
  kind: 'hibernate' | 'wake';
  at: number;
}

/** Sleeping and waking take minutes: what comes more often is a mistake. */
const SHORTEST_MS = 30 * 60_000;
/** What was missed longer ago is not caught up with. */
const LONGEST_LOOK_BACK_MS = 32 * DAY_MS;

/** What is wrong with a timetable. */
export function timetableProblems(timetable: Timetable): FieldProblem[] {
  const { sleep, timeZone, wake } = timetable;
  const problems = zoneProblems(timeZone);
  const zone = problems.length > 0 ? 'UTC' : timeZone;
  const patterns = [
    ['sleep', sleep],
    ...(wake === undefined ? [] : [['wake', wake]]),
  ];
  for (const [field, pattern] of patterns) {
    const detail = patternProblem(pattern, zone);
    if (detail)
      problems.push(
        fieldProblem(field, 'KUBESMITH-CRON-INVALID', { pattern, detail }),
      );
  }
  return problems;
}

/** What is wrong with the name of a time zone. */
export function zoneProblems(timeZone: string): FieldProblem[] {
  return IANAZone.isValidZone(timeZone)
    ? []
    : [fieldProblem('timeZone', 'KUBESMITH-TIME-ZONE-UNKNOWN', { timeZone })];
}

function patternProblem(pattern: string, zone: string): string | undefined {
  const fields = pattern.trim().split(/\s+/);
  if (fields.length !== 5)
    return 'it needs five fields: minute, hour, day of the month, month, day of the week';
  // Both would mean either; and on a day on which clocks change, the library never finds the next moment of such a pattern.
  if (fields[2] !== '*' && fields[4] !== '*')
    return 'give days of the month or days of the week, and * for the other';
  let times: number[];
  try {
    times = momentsAfter(pattern, zone, Date.UTC(2026, 0, 1), 10);
  } catch (error) {
    return error instanceof Error
      ? error.message.slice(0, 100)
      : 'it cannot be read';
  }
  if (times.length === 0) return 'it never comes in the next eight years';
  return times.some((time, at) => at > 0 && time - times[at - 1] < SHORTEST_MS)
    ? 'it comes more often than every half an hour'
    : undefined;
}

/** The next moments after one, in their order; at most so many. Those of a calendar may end, and of rare ones not all are known. */
export function nextEdges(
  timetable: AnyTimetable,
  after: number,
  count: number,
): Edge[] {
  if ('spans' in timetable)
    return calendarEdges(timetable, after).slice(0, count);
  const { sleep, timeZone, wake } = timetable;
  const of = (kind: Edge['kind'], pattern: string): Edge[] =>
    momentsAfter(pattern, timeZone, after, count).map(at => ({ kind, at }));
  return [
    ...of('hibernate', sleep),
    ...(wake === undefined ? [] : of('wake', wake)),
  ]
    .sort((a, b) => a.at - b.at)
    .slice(0, count);
}

/** When to look at a timetable again: at its next moment; when none is known, because a calendar is over for instance, in a while. */
export function nextLook(timetable: AnyTimetable, after: number): number {
  return nextEdges(timetable, after, 1)[0]?.at ?? after + LONGEST_LOOK_BACK_MS;
}

/**
 * The last moment after one and up to another: whatever was missed in between is caught up with once. Of two at the same time,
 * waking wins.
 */
export function lastEdge(
  timetable: AnyTimetable,
  after: number,
  upTo: number,
): Edge | undefined {
  const from = Math.max(after, upTo - LONGEST_LOOK_BACK_MS);
  if ('spans' in timetable) return calendarEdges(timetable, from, upTo).at(-1);
  const { sleep, timeZone, wake } = timetable;
  const last = (kind: Edge['kind'], pattern: string): Edge | undefined => {
    const cron = new CronTime(pattern, timeZone);
    let found: Edge | undefined;
    for (let at = from; ; ) {
      const next = nextOf(cron, timeZone, at);
      if (next === undefined || next > upTo) return found;
      at = next;
      found = { kind, at };
    }
  };
  const asleep = last('hibernate', sleep);
  const awake = wake === undefined ? undefined : last('wake', wake);
  if (!asleep || !awake) return awake ?? asleep;
  return asleep.at > awake.at ? asleep : awake;
}

/** At most so many: what comes rarely has fewer that can be told. */
function momentsAfter(
  pattern: string,
  zone: string,
  after: number,
  count: number,
): number[] {
  const cron = new CronTime(pattern, zone);
  const moments: number[] = [];
  for (let at = after; moments.length < count; moments.push(at)) {
    const next = nextOf(cron, zone, at);
    if (next === undefined) break;
    at = next;
  }
  return moments;
}

/** Undefined if there is none before eight years from now, by the clock of this process: the library throws then. */
function nextOf(
  cron: CronTime,
  zone: string,
  after: number,
): number | undefined {
  try {
    return cron
      .getNextDateFrom(DateTime.fromMillis(after, { zone }), zone)
      .toMillis();
  } catch {
    return undefined;
  }
}
