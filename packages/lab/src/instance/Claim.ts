import { link, mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, unless } from '../system/errors.ts';
import {
  identify,
  isAlive,
  killTree,
  type ProcessIdentity,
} from '../system/processes.ts';
import { waitFor } from '../system/wait.ts';
import type { Instance } from './Instance.ts';

/** What a running command does to an instance. */
export type Action = 'up' | 'down';

interface Holder extends ProcessIdentity {
  action: Action;
}

/** Two uses of one instance, or of its name, exclude each other. */
export class Busy extends Error {
  override name = 'Busy';
}

/**
 * Makes sure that one command at a time changes an instance, and that two state folders do not share a name. The note is
 * below /run, as network namespaces are: it is gone after a reboot of the machine, like them.
 */
export class Claim {
  readonly #instance: Instance;
  readonly #lock: string;
  readonly #owner: string;

  constructor(instance: Instance) {
    this.#instance = instance;
    this.#lock = join(instance.claims, 'lock');
    this.#owner = join(instance.claims, 'owner');
  }

  /**
   * Takes the lock. `up` is refused while another command runs; `down` waits for another `down` and ends an `up`.
   *
   * @throws Busy if the instance, or its name, is in other hands
   */
  async take(action: Action): Promise<void> {
    await mkdir(this.#instance.claims, { recursive: true });
    const taken = await waitFor(() => this.#tryLock(action), {
      timeoutMs: 60_000,
      intervalMs: 100,
    });
    if (!taken)
      throw new Busy(
        `Another command has worked on the lab "${
          this.#instance.name
        }" for a minute`,
      );
    const owner = await unless(['ENOENT'], readFile(this.#owner, 'utf8'));
    if (owner && owner !== this.#instance.folder) {
      await this.release();
      throw new Busy(
        `The lab "${
          this.#instance.name
        }" belongs to the cache that has ${owner}; choose another name with --instance, or another KUBESMITH_CACHE`,
      );
    }
    await writeFile(this.#owner, this.#instance.folder);
  }

  /** Lets the next command go. The name stays claimed. */
  async release(): Promise<void> {
    await rm(this.#lock, { force: true });
  }

  /** Gives up the name as well, and leaves no file. */
  async giveUp(): Promise<void> {
    await rm(this.#owner, { force: true });
    await this.release();
    await unless(['ENOENT', 'ENOTEMPTY'], rmdir(this.#instance.claims));
    await unless(
      ['ENOENT', 'ENOTEMPTY'],
      rmdir(join(this.#instance.claims, '..')),
    );
  }

  async #tryLock(action: Action): Promise<boolean> {
    const holder: Holder = { ...(await identify(process.pid))!, action };
    const draft = `${this.#lock}.${process.pid}`;
    try {
      // A link appears with its content, so nobody ever reads half a note.
      await writeFile(draft, JSON.stringify(holder));
      await link(draft, this.#lock);
      return true;
    } catch (error) {
      // Another command's `giveUp` may remove the folder in between.
      if (isSystemError(error, 'ENOENT'))
        await mkdir(this.#instance.claims, { recursive: true });
      else if (isSystemError(error, 'EEXIST')) await this.#judgeHolder(action);
      else throw error;
      return false;
    } finally {
      await rm(draft, { force: true });
    }
  }

  async #judgeHolder(action: Action): Promise<void> {
    const text = await unless(['ENOENT'], readFile(this.#lock, 'utf8'));
    if (text === undefined) return;
    const holder = JSON.parse(text) as Holder;
    if (!(await isAlive(holder))) return await this.release();
    if (action === 'up') {
      throw new Busy(
        `"lab ${holder.action}" is at work on "${
          this.#instance.name
        }" (process ${holder.pid})`,
      );
    }
    if (holder.action === 'up') await killTree(holder);
  }
}
