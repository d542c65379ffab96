import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isSystemError, unless } from './errors.ts';
import { signal } from './processes.ts';
import { waitFor } from './wait.ts';

const MOUNT = '/sys/fs/cgroup';

/**
 * One control group of the lab: a directory in every cgroup hierarchy of the machine (version 1, or hybrid), or a single
 * directory (version 2). Processes in it are the lab's own beyond doubt, whatever they forked into since.
 */
export class Cgroup {
  readonly directories: readonly string[];

  constructor(directories: readonly string[]) {
    this.directories = directories;
  }

  /**
   * A cgroup of that name, which need not exist: below the one that the caller is in, so that whatever limits the caller
   * limits the lab too. Where everything is on version 2 it is below the root, since there a group with processes of its
   * own cannot hand controllers down.
   */
  static async beside(name: string): Promise<Cgroup> {
    const lines = (await readFile('/proc/self/cgroup', 'utf8'))
      .trim()
      .split('\n');
    if (lines.length === 1 && lines[0]!.startsWith('0::')) {
      return new Cgroup([join(MOUNT, name)]);
    }
    return new Cgroup(
      lines.map(line => {
        const [, controllers, ...path] = line.split(':');
        const hierarchy =
          controllers === '' ? 'unified' : controllers!.replace('name=', '');
        return join(MOUNT, hierarchy, path.join(':'), name);
      }),
    );
  }

  /** All directories of that name in the machine's hierarchies, wherever they are. */
  static async find(name: string): Promise<Cgroup> {
    return new Cgroup(await directoriesNamed(MOUNT, name));
  }

  child(name: string): Cgroup {
    return new Cgroup(this.directories.map(directory => join(directory, name)));
  }

  /** Makes the directories, ready for processes. */
  async create(): Promise<void> {
    for (const directory of this.directories) {
      await mkdir(directory, { recursive: true });
      await inheritCpuset(directory);
      await handDownControllers(dirname(directory));
    }
  }

  /** The `cgroup.procs` files that a process writes its number to in order to enter. */
  get entrances(): string[] {
    return this.directories.map(directory => join(directory, 'cgroup.procs'));
  }

  /** Sets limits; where the machine lacks the controller they are left out. */
  async limit(limits: { memoryMiB: number; cores: number }): Promise<void> {
    const bytes = String(limits.memoryMiB * 1024 * 1024);
    const period = 100_000;
    for (const directory of this.directories) {
      await setIfThere(directory, 'memory.limit_in_bytes', bytes);
      await setIfThere(directory, 'memory.max', bytes);
      await setIfThere(
        directory,
        'cpu.cfs_quota_us',
        String(limits.cores * period),
      );
      await setIfThere(
        directory,
        'cpu.max',
        `${limits.cores * period} ${period}`,
      );
    }
  }

  /** Numbers of all processes in it and below it. */
  async processes(): Promise<number[]> {
    const pids = new Set<number>();
    for (const directory of this.directories) {
      for (const group of await withDescendants(directory)) {
        const text = await unless(
          // A threaded group of version 2 has no list of processes; they are in its parent's.
          ['ENOENT', 'ENODEV', 'EOPNOTSUPP'],
          readFile(join(group, 'cgroup.procs'), 'utf8'),
        );
        for (const pid of text?.split('\n') ?? [])
          if (pid) pids.add(Number(pid));
      }
    }
    return [...pids];
  }

  /**
   * Makes every process in it stand still; resolves when all do. Does nothing when there is none.
   *
   * @throws Error if the machine has no freezer, or some still move after 10 s
   */
  async freeze(): Promise<void> {
    await this.#setFrozen(true);
  }

  /** Lets them go on. */
  async thaw(): Promise<void> {
    await this.#setFrozen(false);
  }

  /** Version 2 has `cgroup.freeze` and tells in `cgroup.events`; version 1 has `freezer.state`, which tells itself. */
  async #setFrozen(frozen: boolean): Promise<void> {
    const state = frozen ? 'FROZEN' : 'THAWED';
    for (const directory of this.directories) {
      const hasFreezer = await this.#write(
        join(directory, 'freezer.state'),
        state,
      );
      if (hasFreezer) {
        await this.#until(async () =>
          (
            await readFile(join(directory, 'freezer.state'), 'utf8')
          ).startsWith(state),
        );
        return;
      }
      if (
        await this.#write(join(directory, 'cgroup.freeze'), frozen ? '1' : '0')
      ) {
        await this.#until(async () =>
          (
            await readFile(join(directory, 'cgroup.events'), 'utf8')
          ).includes(`frozen ${frozen ? 1 : 0}`),
        );
        return;
      }
    }
    if (await this.isPopulated())
      throw new Error(
        `No freezer for ${this.directories.join(', ')}: the machine has none`,
      );
  }

  async #write(file: string, text: string): Promise<boolean> {
    try {
      await writeFile(file, text, { flag: 'r+' });
      return true;
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return false;
      throw error;
    }
  }

  async #until(isSo: () => Promise<boolean>): Promise<void> {
    if (!(await waitFor(isSo, { timeoutMs: 10_000, intervalMs: 20 })))
      throw new Error(`Processes that do not stand still: ${this.directories}`);
  }

  /** Whether any process is in it. */
  async isPopulated(): Promise<boolean> {
    return (await this.processes()).length > 0;
  }

  /**
   * Kills every process in it and resolves when all are gone.
   *
   * @throws Error if some are left after 20 s, which takes a process stuck in the kernel
   */
  async kill(): Promise<void> {
    const gone = await waitFor(
      async () => {
        const pids = await this.processes();
        for (const pid of pids) signal(pid, 'SIGKILL');
        return pids.length === 0;
      },
      { timeoutMs: 20_000 },
    );
    if (!gone) {
      throw new Error(
        `Processes that do not die: ${(await this.processes()).join(', ')}`,
      );
    }
  }

  /** Removes the directories, which must hold no process any more. */
  async remove(): Promise<void> {
    for (const directory of this.directories) {
      // A process that has just died may keep its group busy for a moment.
      const removed = await waitFor(
        async () => {
          try {
            for (const group of (await withDescendants(directory)).reverse()) {
              await unless(['ENOENT'], rmdir(group));
            }
            return true;
          } catch (error) {
            if (isSystemError(error, 'EBUSY')) return false;
            throw error;
          }
        },
        { timeoutMs: 5_000 },
      );
      if (!removed) throw new Error(`The cgroup ${directory} stays busy`);
    }
  }
}

/** A directory and all below it, parents first. Empty when there is none. */
async function withDescendants(directory: string): Promise<string[]> {
  const entries = await unless(
    ['ENOENT'],
    readdir(directory, { withFileTypes: true }),
  );
  if (!entries) return [];
  const below = entries
    .filter(entry => entry.isDirectory())
    .map(entry => withDescendants(join(directory, entry.name)));
  return [directory, ...(await Promise.all(below)).flat()];
}

async function directoriesNamed(
  start: string,
  name: string,
): Promise<string[]> {
  const entries = await unless(
    ['ENOENT'],
    readdir(start, { withFileTypes: true }),
  );
  const found = (entries ?? [])
    .filter(entry => entry.isDirectory())
    .map(async entry => {
      const path = join(start, entry.name);
      return entry.name === name ? [path] : await directoriesNamed(path, name);
    });
  return (await Promise.all(found)).flat();
}

/** A new cpuset of version 1 has neither processors nor memory nodes, and takes no process until it has. */
async function inheritCpuset(directory: string): Promise<void> {
  if (!directory.startsWith(join(MOUNT, 'cpuset/'))) return;
  const missing: string[] = [];
  for (let at = directory; at !== join(MOUNT, 'cpuset'); at = dirname(at))
    missing.unshift(at);
  for (const at of missing) {
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if ((await readFile(join(at, file), 'utf8')).trim()) continue;
      await writeFile(join(at, file), await readFile(join(dirname(at), file)));
    }
  }
}

/** Lets the groups below one of version 2 use what it has itself. */
async function handDownControllers(directory: string): Promise<void> {
  if (!basename(directory).startsWith('kubesmith-') && directory !== MOUNT)
    return;
  const controllers = await unless(
    ['ENOENT'],
    readFile(join(directory, 'cgroup.controllers'), 'utf8'),
  );
  for (const controller of controllers?.trim().split(' ').filter(Boolean) ??
    []) {
    await writeFile(
      join(directory, 'cgroup.subtree_control'),
      `+${controller}`,
    );
  }
}

async function setIfThere(
  directory: string,
  file: string,
  value: string,
): Promise<void> {
  // Opened without creating: a hierarchy without that controller has no such file.
  await unless(
    ['ENOENT', 'EACCES'],
    writeFile(join(directory, file), value, { flag: 'r+' }),
  );
}
