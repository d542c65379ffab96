import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { replaceFile } from '../../files/replaceFile';
import type { Custody } from '../custody';
import { parseState, type TerraformState } from './state';

const POLL_MS = 1000;

/**
 * Keeps a copy of Terraform's state where every replica finds it. Terraform itself writes the file, after each machine and also
 * while we are away; a copy that is behind costs imports, never machines.
 */
export class StateKeeper {
  readonly #path: string;
  readonly #custody: Custody;
  #kept?: string;

  constructor(path: string, custody: Custody) {
    this.#path = path;
    this.#custody = custody;
  }

  /** The lineage of the kept state; undefined when there is none. */
  async lineage(): Promise<string | undefined> {
    return (await this.#load())?.state.lineage;
  }

  /**
   * Puts the kept state in place of a file that is missing or, as out of a backup of the folder, older.
   *
   * @param isBelievable - whether a state is about our machines
   */
  async restore(
    isBelievable: (state: TerraformState) => boolean,
  ): Promise<void> {
    const kept = await this.#load();
    if (!kept || !isBelievable(kept.state)) return;
    this.#kept = digestOf(kept.content);
    const local = parseState((await this.#read())?.toString('utf8') ?? '');
    const isBehind =
      !local ||
      (local.lineage === kept.state.lineage &&
        local.serial < kept.state.serial);
    if (isBehind)
      await replaceFile(this.#path, kept.content.toString('utf8'), {
        flush: true,
      });
  }

  /** Keeps the file as it is now, if it is whole and not kept yet. */
  async keep(): Promise<void> {
    const content = await this.#read();
    if (!content || !parseState(content.toString('utf8'))) return;
    const digest = digestOf(content);
    if (digest === this.#kept) return;
    if (await this.#custody.saveState(content)) this.#kept = digest;
  }

  /** Keeps each state that Terraform writes while some work goes on, and the last one. */
  async during<T>(work: Promise<T>): Promise<T> {
    const over = new AbortController();
    const watching = this.#watch(over.signal);
    try {
      return await work;
    } finally {
      over.abort();
      await watching;
      await this.keep();
    }
  }

  async #load(): Promise<
    { content: Buffer; state: TerraformState } | undefined
  > {
    const content = await this.#custody.loadState();
    const state = content && parseState(content.toString('utf8'));
    return state && { content, state };
  }

  /** The file; undefined when there is none. */
  async #read(): Promise<Buffer | undefined> {
    return orNone(readFile(this.#path));
  }

  async #watch(signal: AbortSignal): Promise<void> {
    let seen: number | undefined;
    while (!signal.aborted) {
      const changed = (await orNone(stat(this.#path)))?.mtimeMs;
      if (changed !== seen) await this.keep();
      seen = changed;
      await delay(POLL_MS, undefined, { signal }).catch(() => {});
    }
  }
}

function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

async function orNone<T>(found: Promise<T>): Promise<T | undefined> {
  return found.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
