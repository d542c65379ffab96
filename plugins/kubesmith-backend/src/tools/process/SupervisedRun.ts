import { spawn } from 'node:child_process';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import {
  after,
  type Deadline,
  earlier,
  isOver,
  present,
} from '../../engine/deadline';
import { replaceFile } from '../../files/replaceFile';
import { FileTail } from './FileTail';
import { isAlive, ProcessIdentity, signalProcess } from './identity';

/** How a tool is asked to stop, and how long it may take to do so before its group is killed. */
export interface InterruptPolicy {
  target: 'process' | 'group';
  graceMs: number;
}

/** See {@link RunRequest.attended}. */
export interface Attendance {
  until: Deadline;
  graceMs: number;
}

/** What to run. */
export interface RunRequest {
  /** A new folder for this run; it must not exist yet. */
  directory: string;
  /** Program and arguments; no shell is involved. */
  argv: string[];
  cwd: string;
  /** The whole environment of the tool: nothing is inherited. */
  env: Record<string, string>;
  /** After this long the tool is interrupted by its supervisor, whether or not we still live. */
  timeoutMs: number;
  interrupt: InterruptPolicy;
  /** The tool must not be started later than this: its cluster may be somebody else's by then. */
  startBefore?: Deadline;
  /**
   * The tool may run no longer than somebody attends it: up to `until`, which who follows it puts off, it is left alone; then
   * its supervisor interrupts it, and kills it `graceMs` later. Without this it may outlive us for as long as it likes.
   */
  attended?: Attendance;
  /** Bytes kept per stream; beyond it only the end is kept. Default 64 MiB. */
  maxOutputBytes?: number;
}

/** How a run ended. */
export interface RunExit {
  code: number | null;
  signal: string | null;
  /** Why the tool could not be started, e.g. `ENOENT`. */
  error: string | null;
  interrupted: 'request' | 'timeout' | 'unattended' | null;
  /** It did not stop within the grace time and was killed: what it did is unknown. */
  killed: boolean;
  /**
   * Neither an exit record nor a process was found, e.g. after a power failure: what it did is unknown. Or the supervisor came
   * too late to start it.
   */
  lost: boolean;
}

/** Called for each line. `replayed` lines were delivered before, by an earlier process, so they are not news. */
export type LineHandler = (line: string, replayed: boolean) => void;

interface RunRecord {
  supervisor: ProcessIdentity;
  child: ProcessIdentity | null;
  argv: string[];
  startedAt: string;
}

const FOLLOWED = 'followed.json';
const ATTENDED = 'attended.json';
const POLL_MS = 150;
/** A supervisor that has not written run.json by then never starts the tool: it keeps to this limit too. */
const START_LIMIT_MS = 10_000;
const DEFAULT_OUTPUT_BYTES = 64 * 1024 * 1024;
const LOST: RunExit = {
  code: null,
  signal: null,
  error: null,
  interrupted: null,
  killed: false,
  lost: true,
};

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    found => found.size,
    () => 0,
  );
}

/**
 * One run of a tool under its own supervisor (`assets/supervise.cjs`), which outlives this process: after a restart the run
 * is found again in its folder, by pid and start time.
 *
 * Why not execa: version 9 is ESM only, which this package's CommonJS build and Jest cannot load without a flag, and its
 * value (clean-up of children on exit, kill after a timeout) is just what must not happen to these children.
 */
export class SupervisedRun {
  readonly directory: string;
  readonly #interrupt: InterruptPolicy;
  readonly #requestedAt: number;
  readonly #timeoutMs: number;
  /** Runs of an earlier version have none. */
  readonly #startBefore?: Deadline;
  /** How far earlier followers came in each of the run's files: what is before that is no news. */
  #followed: Record<string, number> = {};
  #attendedUntil?: Deadline;

  private constructor(
    directory: string,
    request: Pick<RunRequest, 'interrupt' | 'timeoutMs' | 'startBefore'>,
    requestedAt: number,
  ) {
    this.directory = directory;
    this.#interrupt = request.interrupt;
    this.#timeoutMs = request.timeoutMs;
    this.#startBefore = request.startBefore;
    this.#requestedAt = requestedAt;
  }

  /** Starts a tool and returns once its supervisor has said so. */
  static async start(request: RunRequest): Promise<SupervisedRun> {
    const { directory, env, startBefore, ...rest } = request;
    const limit = after(present(), START_LIMIT_MS);
    const limited = {
      ...rest,
      startBefore: startBefore ? earlier(startBefore, limit) : limit,
    };
    await mkdir(join(directory, '..'), { recursive: true, mode: 0o700 });
    await mkdir(directory, { mode: 0o700 });
    await writeFile(
      join(directory, 'request.json'),
      JSON.stringify({ maxOutputBytes: DEFAULT_OUTPUT_BYTES, ...limited }),
      { mode: 0o600 },
    );
    const supervisor = spawn(
      process.execPath,
      [
        resolvePackagePath(
          '@kubesmith/plugin-kubesmith-backend',
          'assets',
          'supervise.cjs',
        ),
        directory,
      ],
      { detached: true, stdio: 'ignore', env, cwd: directory },
    );
    const failed = new Promise<never>((_, reject) =>
      supervisor.once('error', reject),
    );
    supervisor.unref();
    const run = new SupervisedRun(directory, limited, Date.now());
    await Promise.race([run.#started(), failed]);
    failed.catch(() => {});
    return run;
  }

  /** Takes up a run that was started earlier, by this process or one before it. Undefined when the folder holds none. */
  static async attach(directory: string): Promise<SupervisedRun | undefined> {
    const path = join(directory, 'request.json');
    const request = await readJson<RunRequest>(path).catch(error => {
      // A file beside the folders, or a request that was cut off before there was a supervisor to read it.
      if (error.code === 'ENOTDIR' || error instanceof SyntaxError)
        return undefined;
      throw error;
    });
    if (!request) return undefined;
    const run = new SupervisedRun(
      directory,
      request,
      (await stat(path)).mtimeMs,
    );
    run.#followed = (await readJson(join(directory, FOLLOWED))) ?? {};
    return run;
  }

  /** All runs below a folder that have not ended, oldest first. */
  static async findLive(parent: string): Promise<SupervisedRun[]> {
    const names = await readdir(parent).catch(
      (error: NodeJS.ErrnoException): string[] => {
        // To take any other error for "none runs" would begin a second run beside the first.
        if (error.code === 'ENOENT') return [];
        throw error;
      },
    );
    const live: SupervisedRun[] = [];
    for (const name of names.sort()) {
      const run = await SupervisedRun.attach(join(parent, name));
      if (run && !(await run.exit())) live.push(run);
    }
    return live.sort((a, b) => a.#requestedAt - b.#requestedAt);
  }

  /** How the run ended, or undefined while it goes on. */
  async exit(): Promise<RunExit | undefined> {
    const recorded = await this.#recordedExit();
    if (recorded) return recorded;
    if (await this.#lives()) return undefined;
    // The record is written just before the supervisor ends: look once more.
    return (await this.#recordedExit()) ?? LOST;
  }

  /**
   * Follows the run to its end. Aborting `signal` only ends the following (rejecting with its reason): the tool goes on.
   */
  async wait(
    options: {
      signal?: AbortSignal;
      onStdout?: LineHandler;
      onStderr?: LineHandler;
      /** Other files that the tool appends to, by their names in the run's folder. */
      files?: Record<string, LineHandler>;
      /** Up to when the tool may run if nothing more is heard of us; see {@link RunRequest.attended}. */
      attendedUntil?: () => Deadline | undefined;
    } = {},
  ): Promise<RunExit> {
    const { signal, onStdout, onStderr, files = {} } = options;
    const handlers = { stdout: onStdout, stderr: onStderr, ...files };
    const tails = Object.entries(handlers).flatMap(([name, handler]) => {
      if (!handler) return [];
      const tail = new FileTail(
        join(this.directory, name),
        handler,
        this.#followed[name],
      );
      return [{ name, handler, tail }];
    });
    for (;;) {
      signal?.throwIfAborted();
      const exit = await this.exit();
      for (const { tail } of tails) await tail.read();
      await this.#remember(tails);
      if (exit) {
        for (const { name, handler, tail } of tails) {
          tail.end();
          const cut = new FileTail(
            join(this.directory, `${name}.tail`),
            handler,
          );
          await cut.read();
          cut.end();
        }
        return exit;
      }
      await this.#attend(options.attendedUntil?.());
      await this.#standInForSupervisor();
      await delay(POLL_MS);
    }
  }

  /**
   * Asks the tool to stop, once; its supervisor keeps the patience and the final kill. Returns without waiting. A tool
   * whose supervisor was killed is asked directly and killed by {@link SupervisedRun.stop} only.
   */
  async interrupt(): Promise<void> {
    const record = await this.#record();
    if (!record) return;
    if (await signalProcess(record.supervisor, 'SIGTERM')) return;
    const marker = join(this.directory, 'interrupted');
    if (!record.child || (await sizeOf(marker)) > 0) return;
    await writeFile(marker, new Date().toISOString(), { mode: 0o600 });
    await signalProcess(record.child, 'SIGINT', this.#interrupt.target);
  }

  /** Interrupts and waits for the end, which the grace time bounds. */
  async stop(): Promise<RunExit> {
    await this.interrupt();
    const deadline = Date.now() + this.#interrupt.graceMs + 15_000;
    for (;;) {
      const exit = await this.exit();
      if (exit) return exit;
      if (Date.now() > deadline) {
        const record = await this.#record();
        if (record?.child)
          await signalProcess(record.child, 'SIGKILL', 'group');
        if (record) await signalProcess(record.supervisor, 'SIGKILL');
        return { ...LOST, killed: true };
      }
      await delay(POLL_MS);
    }
  }

  /** The supervisor keeps the time; when it was killed and the tool was not, nobody else does. */
  async #standInForSupervisor(): Promise<void> {
    if (Date.now() < this.#requestedAt + this.#timeoutMs) return;
    const record = await this.#record();
    if (record && !(await isAlive(record.supervisor))) await this.stop();
  }

  /** Leaves word for whoever follows next. */
  async #remember(tails: { name: string; tail: FileTail }[]): Promise<void> {
    const followed = Object.fromEntries(
      tails.map(({ name, tail }) => [name, tail.offset]),
    );
    const changed = tails.some(
      ({ name, tail }) => tail.offset > (this.#followed[name] ?? 0),
    );
    if (!changed) return;
    this.#followed = { ...this.#followed, ...followed };
    const path = join(this.directory, FOLLOWED);
    await replaceFile(path, JSON.stringify(this.#followed));
  }

  async #attend(until: Deadline | undefined): Promise<void> {
    if (!until || until.uptimeMs === this.#attendedUntil?.uptimeMs) return;
    this.#attendedUntil = until;
    await replaceFile(join(this.directory, ATTENDED), JSON.stringify(until));
  }

  async #started(): Promise<void> {
    while (!(await this.#record())) {
      if (Date.now() > this.#requestedAt + START_LIMIT_MS)
        throw new Error(`No supervisor started in ${this.directory}`);
      await delay(10);
    }
  }

  async #record(): Promise<RunRecord | undefined> {
    return readJson<RunRecord>(join(this.directory, 'run.json'));
  }

  async #recordedExit(): Promise<RunExit | undefined> {
    const recorded = await readJson<
      Omit<RunExit, 'lost'> & { tooLate?: boolean }
    >(join(this.directory, 'exit.json'));
    if (!recorded) return undefined;
    const { tooLate = false, ...exit } = recorded;
    return { ...exit, lost: tooLate };
  }

  async #lives(): Promise<boolean> {
    // Looked at before the record: a supervisor that writes it afterwards comes too late and knows it.
    const tooLate =
      (this.#startBefore !== undefined && isOver(this.#startBefore)) ||
      Date.now() > this.#requestedAt + START_LIMIT_MS;
    const record = await this.#record();
    // We may have been killed between asking for a supervisor and its first word.
    if (!record) return !tooLate;
    if (await isAlive(record.supervisor)) return true;
    return record.child ? isAlive(record.child) : false;
  }
}
