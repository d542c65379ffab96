import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import type { WorkerSettings, WorkerWord } from './worker';

/** So long that only what never comes is given up, on a busy machine as well. */
const WORD_LIMIT_MS = 600_000;
const END_LIMIT_MS = 60_000;

/** How a process ended, and how long that took. */
export interface WorkerEnd {
  code: number | null;
  signal: string | null;
  ms: number;
}

/** One process of worker.ts, seen from the test. */
export class CrashWorker {
  readonly pid: number;
  readonly words: WorkerWord[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<[number | null, string | null]>;
  #news = () => {};

  private constructor(child: ChildProcess) {
    this.#process = child;
    this.pid = child.pid!;
    this.#ended = once(child, 'exit') as Promise<
      [number | null, string | null]
    >;
    createInterface(child.stdout!).on('line', line => {
      // Knex tells of a lost connection on the same stream.
      if (!line.startsWith('{')) return;
      this.words.push(JSON.parse(line));
      this.#news();
    });
    this.#ended.then(() => this.#news());
  }

  static start(
    settings: WorkerSettings,
    env: Record<string, string>,
  ): CrashWorker {
    const child = spawn(
      process.execPath,
      [
        '--import',
        '@backstage/cli/config/nodeTransform.cjs',
        resolvePackagePath(
          '@kubesmith/plugin-kubesmith-backend',
          'src/engine/__testUtils__/crash/worker.ts',
        ),
        JSON.stringify(settings),
      ],
      {
        cwd: resolvePackagePath('@kubesmith/plugin-kubesmith-backend'),
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, ...env, NODE_ENV: 'development' },
      },
    );
    return new CrashWorker(child);
  }

  /** The boundary at which it holds; undefined when the operation is over. */
  async heldAt(): Promise<string | undefined> {
    const word = await this.#hear(
      said => 'at' in said || 'over' in said,
      'a boundary or the end',
    );
    return 'at' in word ? word.at : undefined;
  }

  /** Waits for a word that passes the test. */
  async hears(test: (word: WorkerWord) => boolean, what: string) {
    return this.#hear(test, what);
  }

  /** Lets it go on from the boundary. */
  letGo(): void {
    this.#process.stdin!.write('go\n');
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Sends a signal and waits for the end. */
  async end(name: NodeJS.Signals): Promise<WorkerEnd> {
    const begun = performance.now();
    this.#process.kill(name);
    const limit = setTimeout(() => this.#process.kill('SIGKILL'), END_LIMIT_MS);
    const [code, signal] = await this.#ended;
    clearTimeout(limit);
    return { code, signal, ms: performance.now() - begun };
  }

  async #hear(
    test: (word: WorkerWord) => boolean,
    what: string,
  ): Promise<WorkerWord> {
    const deadline = performance.now() + WORD_LIMIT_MS;
    for (;;) {
      const word = this.words.find(test);
      if (word) return word;
      if (this.#process.exitCode !== null || this.#process.signalCode)
        throw new Error(
          `The worker ended with ${this.#process.exitCode} before ${what}`,
        );
      if (performance.now() > deadline)
        throw new Error(
          `Waited in vain for ${what}: ${JSON.stringify(this.words)}`,
        );
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, 1000);
        this.#news = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
