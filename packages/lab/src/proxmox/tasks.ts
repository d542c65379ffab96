/**
 * Imitates Proxmox's worker tasks (pve-common `RESTEnvironment::fork_worker`, pve-manager `Tasks.pm`): UPIDs, states, logs.
 * A task is a timer and two functions here, not a process. Left out: task log files; warnings but those that a fault asks for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from './errors.ts';
import type { TaskFault } from './faults.ts';
import type { TaskDurations } from './options.ts';
import type { State, TaskRecord } from './state.ts';

/** Adds a line to the log of a task. */
export type LogLine = (line: string) => void;

/** What a task does. */
export interface TaskWork {
  node: string;
  /** `qmclone`, `qmstart`, … */
  type: string;
  /** What it works on, a VMID as a rule; may be empty. */
  id: string;
  /** `user@realm!token` */
  user: string;
  fault?: TaskFault;
  /** The slow part, on the real host. Begins at once. */
  perform?(log: LogLine): Promise<void>;
  /** Changes that others see only when the task ends well. */
  commit?(log: LogLine): void;
  /** Tidies up after a failure. */
  undo?(): Promise<void>;
}

/** Runs tasks and knows how far they are. */
export class Tasks {
  readonly #state: State;
  readonly #durations: TaskDurations;
  readonly #running = new Map<
    string,
    { abort: AbortController; done: Promise<void> }
  >();

  constructor(state: State, durations: TaskDurations) {
    this.#state = state;
    this.#durations = durations;
  }

  /** Starts a task and returns its UPID at once. */
  start(work: TaskWork): string {
    const [user, tokenid] = work.user.split('!') as [string, string?];
    const pid = ++this.#state.nextPid;
    const starttime = Math.floor(Date.now() / 1000);
    const pstart = pid * 7;
    const upid = `UPID:${work.node}:${hex(pid)}:${hex(pstart)}:${hex(
      starttime,
    )}:${work.type}:${work.id}:${work.user}:`;
    const task: TaskRecord = {
      upid,
      node: work.node,
      pid,
      pstart,
      starttime,
      type: work.type,
      id: work.id,
      user,
      ...(tokenid ? { tokenid } : {}),
      status: 'running',
      log: [],
    };
    this.#state.tasks.set(upid, task);
    this.#state.save();
    const abort = new AbortController();
    const done = this.#run(task, work, abort.signal);
    this.#running.set(upid, { abort, done });
    return upid;
  }

  get(upid: string): TaskRecord | undefined {
    return this.#state.tasks.get(upid);
  }

  /** Newest first. */
  list(): TaskRecord[] {
    return [...this.#state.tasks.values()].reverse();
  }

  /** Resolves when the task has ended, or after so many milliseconds. */
  async settled(upid: string, ms: number): Promise<void> {
    const running = this.#running.get(upid);
    if (!running || ms <= 0) return;
    const limit = new AbortController();
    await Promise.race([
      running.done,
      sleep(ms, undefined, { signal: limit.signal }).catch(() => {}),
    ]);
    limit.abort();
  }

  /** `DELETE /nodes/N/tasks/UPID`: the worker gets a signal. */
  interrupt(upid: string): void {
    this.#running.get(upid)?.abort.abort();
  }

  /** Interrupts all tasks and waits until none touches a host any more. */
  async close(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { abort } of running) abort.abort();
    await Promise.all(running.map(({ done }) => done));
  }

  async #run(
    task: TaskRecord,
    work: TaskWork,
    signal: AbortSignal,
  ): Promise<void> {
    const log = (line: string) => task.log.push(line);
    const least =
      work.fault?.kind === 'slow-task'
        ? work.fault.ms
        : this.#durations[work.type] ?? this.#durations.default;
    const pause = async () => {
      if (least > 0) await sleep(least, undefined, { signal });
    };
    try {
      if (work.fault?.kind === 'fail-task') {
        await pause();
        throw new Error(work.fault.message);
      }
      // Both end before either's failure counts: nothing may still touch the host when the task is said to be over.
      const results = await Promise.allSettled([work.perform?.(log), pause()]);
      const failed = results.find(result => result.status === 'rejected');
      if (failed) throw failed.reason;
      work.commit?.(log);
      if (work.fault?.kind === 'warn-task') {
        log(`WARN: ${work.fault.message}`);
        task.exitstatus = 'WARNINGS: 1';
        log('TASK WARNINGS: 1');
      } else {
        task.exitstatus = 'OK';
        log('TASK OK');
      }
    } catch (error) {
      task.exitstatus = signal.aborted
        ? 'interrupted by signal'
        : messageOf(error).split('\n')[0]!;
      log(`TASK ERROR: ${task.exitstatus}`);
      try {
        await work.undo?.();
      } catch (undoError) {
        log(`clean-up failed: ${messageOf(undoError)}`);
      }
    }
    task.status = 'stopped';
    task.endtime = Math.floor(Date.now() / 1000);
    this.#running.delete(task.upid);
    this.#state.save();
  }
}

const hex = (value: number) =>
  value.toString(16).toUpperCase().padStart(8, '0');
