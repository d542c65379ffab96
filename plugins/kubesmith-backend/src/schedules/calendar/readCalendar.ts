import { Worker } from 'node:worker_threads';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import type { CalendarFile } from '@kubesmith/plugin-kubesmith-common';
import { DAY_MS } from '../../time';
import type { CalendarTimetable, Span } from './CalendarTimetable';

const AHEAD_MS = 2 * 365 * DAY_MS;
const MOST_SPANS = 2000;
const TIME_LIMIT_MS = 5_000;
const MEMORY_LIMIT_MB = 64;
/** Sleeping and waking take minutes: between events that are nearer to each other, a cluster stays awake. */
const SHORTEST_SLEEP_MS = 30 * 60_000;

/** What is wrong with a calendar, as an end of a sentence. */
export class CalendarError extends Error {
  override readonly name = 'CalendarError';
}

type Answer =
  | { spans: [from: number, to: number][]; goesOn: boolean }
  | { problem: string };

/** One at a time: whoever hands in many waits for them alone, and the portal's other threads keep their processor. */
let last: Promise<unknown> = Promise.resolve();

/**
 * When something is in a calendar, from now (ms since the epoch) on and for two years.
 *
 * @param calendar - iCalendar text, and the IANA name of the zone of whole days and of times without a zone
 * @throws {@link CalendarError} when it cannot be understood, asks for too much, or has nothing to come
 */
export async function readCalendar(
  { ics, timeZone }: CalendarFile,
  now: number,
): Promise<CalendarTimetable> {
  const to = now + AHEAD_MS;
  const turn = last.then(() =>
    inThread({ ics, timeZone, from: now, to, most: MOST_SPANS }),
  );
  last = turn.catch(() => {});
  const answer = await turn;
  if ('problem' in answer) throw new CalendarError(answer.problem);
  const spans = merge(answer.spans);
  const end = spans.at(-1)?.to;
  if (end === undefined)
    throw new CalendarError('nothing is in it in the next two years');
  const { goesOn } = answer;
  return { spans, timeZone, knownUntil: goesOn ? to : end, goesOn };
}

function inThread(workerData: object): Promise<Answer> {
  const program = resolvePackagePath(
    '@kubesmith/plugin-kubesmith-backend',
    'assets',
    'readCalendar.mjs',
  );
  const worker = new Worker(program, {
    workerData,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_LIMIT_MB },
  });
  const tooMuch = new CalendarError('it takes too much to work out its times');
  return new Promise<Answer>((resolve, reject) => {
    const timer = setTimeout(() => reject(tooMuch), TIME_LIMIT_MS);
    worker.once('message', resolve);
    worker.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooMuch : error),
    );
    worker.once('exit', code => {
      clearTimeout(timer);
      reject(new Error(`The reader of calendars ended with ${code}`));
    });
  }).finally(() => worker.terminate());
}

function merge(spans: [from: number, to: number][]): Span[] {
  const merged: Span[] = [];
  for (const [from, to] of spans.sort(([a], [b]) => a - b)) {
    const before = merged.at(-1);
    if (before && from < before.to + SHORTEST_SLEEP_MS)
      before.to = Math.max(before.to, to);
    else merged.push({ from, to });
  }
  return merged;
}
