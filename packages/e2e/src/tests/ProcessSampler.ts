import { readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unless } from '@kubesmith/lab/src/system/errors.ts';
import { allProcesses, isFork } from '@kubesmith/lab/src/system/processes.ts';
import type { Needle } from './secretForms.ts';
import { scanBytes } from './secretScan.ts';

const PLACES = ['cmdline', 'environ'] as const;
const GONE = ['ENOENT', 'ESRCH', 'EACCES'];
const PAUSE_MS = 50;

/** A secret that a process showed. */
export interface ProcessHit {
  what: string;
  where: (typeof PLACES)[number];
  pid: number;
  /** File name of its program. */
  program: string;
}

/**
 * Reads the command lines and the environments of all processes of the machine, the nodes' too, over and over while something
 * runs. `ps` shows the former to everybody; the latter only to the same user and root.
 */
export class ProcessSampler {
  readonly #needles: Needle[];
  readonly #hits = new Map<string, ProcessHit>();
  #turns = 0;
  #running?: Promise<void>;
  #stopped = false;

  constructor(needles: Needle[]) {
    this.#needles = [...needles];
  }

  /** Looks for more, from now on. */
  add(needles: Needle[]): void {
    this.#needles.push(...needles);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** What was seen, each once, and how often all processes were looked at. */
  async stop(): Promise<{ hits: ProcessHit[]; turns: number }> {
    this.#stopped = true;
    await this.#running;
    return { hits: [...this.#hits.values()], turns: this.#turns };
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      for (const pid of await allProcesses()) {
        if (pid !== process.pid) await this.#look(pid);
      }
      this.#turns += 1;
      await sleep(PAUSE_MS);
    }
  }

  async #look(pid: number): Promise<void> {
    for (const where of PLACES) {
      const content = await unless(GONE, readFile(`/proc/${pid}/${where}`));
      const found = content ? scanBytes(content, this.#needles) : [];
      // Looked at again in the next turn; by then it runs its own program.
      if (found.length > 0 && (await isFork(pid))) continue;
      for (const { what } of found) {
        const key = `${pid} ${where} ${what}`;
        if (this.#hits.has(key)) continue;
        const program = await unless(GONE, readlink(`/proc/${pid}/exe`));
        this.#hits.set(key, {
          what,
          where,
          pid,
          program: basename(program ?? 'gone'),
        });
      }
    }
  }
}
