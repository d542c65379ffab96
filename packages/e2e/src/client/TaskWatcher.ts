import { setTimeout as sleep } from 'node:timers/promises';
import {
  RequestRefused,
  type PortalClient,
  type TaskEvent,
} from './PortalClient.ts';

const ENDED = ['completed', 'failed', 'cancelled', 'skipped'];

/** One line of a step's log. */
export interface TaskLine {
  stepId?: string;
  message: string;
}

/** How a task ended. */
export interface TaskOutcome {
  status: string;
  /** Outputs of the template. */
  output?: {
    links?: { title?: string; url?: string; entityRef?: string }[];
    text?: { title?: string; content?: string }[];
  };
  /** Seconds that each step took, by its id. */
  seconds: Map<string, number>;
  /** All lines, for error messages and tests. */
  lines: TaskLine[];
}

/**
 * Follows a task of the scaffolder to its end.
 *
 * @param options.onLine - called for each line of the log, as it comes
 * @throws Error when the task has not ended in time, or the portal was away for that long
 */
export async function watchTask(
  client: PortalClient,
  taskId: string,
  options: { timeoutMs: number; onLine?: (line: TaskLine) => void },
): Promise<TaskOutcome> {
  const endAt = Date.now() + options.timeoutMs;
  const began = new Map<string, number>();
  const seconds = new Map<string, number>();
  const lines: TaskLine[] = [];
  let after = 0;
  let output: TaskOutcome['output'];
  let failure: string | undefined;
  let completed = false;

  while (Date.now() < endAt) {
    const events = await unlessAway(() => client.taskEvents(taskId, after));
    for (const event of events ?? []) {
      after = Math.max(after, event.id);
      takeTime(event, began, seconds);
      const message = clean(event.body.message);
      if (event.type === 'completion') {
        completed = true;
        output = event.body.output;
        failure = event.body.error?.message;
      } else if (message) {
        const line = { stepId: event.body.stepId, message };
        lines.push(line);
        options.onLine?.(line);
      }
    }
    const task = await unlessAway(() => client.task(taskId));
    if (task && ENDED.includes(task.status) && completed) {
      if (failure) lines.push({ message: failure });
      return { status: task.status, output, seconds, lines };
    }
    // Still running, so a completion that was seen is that of an earlier attempt.
    if (task && !ENDED.includes(task.status)) completed = false;
    if (!events) await sleep(1_000);
  }
  throw new Error(
    `The task ${taskId} did not end in ${options.timeoutMs / 1000} s`,
  );
}

/** Undefined while the portal is being restarted. */
async function unlessAway<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RequestRefused && error.status < 500) throw error;
    return undefined;
  }
}

function takeTime(
  event: TaskEvent,
  began: Map<string, number>,
  seconds: Map<string, number>,
): void {
  const { stepId, status } = event.body;
  if (!stepId || !status) return;
  const time = Date.parse(event.createdAt);
  if (status === 'processing') began.set(stepId, time);
  else if (began.has(stepId))
    seconds.set(stepId, (time - began.get(stepId)!) / 1000);
}

/** Without colours and the "info:" that the scaffolder puts in front. */
function clean(message: string | undefined): string {
  return (message ?? '')
    .replace(/\u001b\[[0-9;]*m/g, '')
    .replace(/^(\d{4}-\d\d-\d\dT[\d:.]+Z )?(info|warn|error): /, '')
    .trim();
}
