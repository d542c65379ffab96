import { existsSync } from 'node:fs';
import {
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Built } from './component.ts';

/** The folder of finished builds and the record of what each was made of. */
export class Store {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** The last finished build of a component, if its result is still there. */
  async built(name: string): Promise<Built | undefined> {
    const record = this.#record(name);
    if (!existsSync(record)) return undefined;
    const built = JSON.parse(await readFile(record, 'utf8')) as Built;
    return existsSync(join(this.root, built.output)) ? built : undefined;
  }

  /** An empty folder to build in, on the file system of the result. Leftovers of an interrupted build go. */
  async workplace(name: string, output: string): Promise<string> {
    const path = join(this.root, dirname(output), `.${name}.part`);
    for (const leftover of [...(await siblings(path)), `${path}-old`])
      await removeTree(leftover);
    await mkdir(path, { recursive: true });
    return path;
  }

  /** Puts a finished build in its place and records it. The result itself comes last but one, the record last. */
  async publish(
    name: string,
    workplace: string,
    built: Built,
    link?: string,
  ): Promise<void> {
    const output = join(this.root, built.output);
    const parts = (await siblings(workplace)).sort(
      (a, b) => b.length - a.length,
    );
    for (const part of parts) {
      const target = output + part.slice(workplace.length);
      const old = `${workplace}-old`;
      await removeTree(old);
      if (existsSync(target)) await rename(target, old);
      await rename(part, target);
      await removeTree(old);
    }
    if (link) await relink(join(this.root, link), basename(output));
    await mkdir(dirname(this.#record(name)), { recursive: true });
    await replaceFile(
      this.#record(name),
      `${JSON.stringify(built, null, 2)}\n`,
    );
  }

  #record(name: string): string {
    return join(this.root, 'built', `${name}.json`);
  }
}

/** Writes a file in one step: readers see the old or the new content. */
export async function replaceFile(
  path: string,
  content: string,
): Promise<void> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}

/** Points a symbolic link somewhere else in one step. */
export async function relink(path: string, target: string): Promise<void> {
  await rm(`${path}.new`, { force: true });
  await symlink(target, `${path}.new`);
  await rename(`${path}.new`, path);
}

/** Removes a folder; reads what is mounted below first, so as to never empty a mounted file system. */
async function removeTree(path: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map(line => line.split(' ')[4] ?? '');
  const mounted = mounts.find(
    mount => mount === path || mount.startsWith(`${path}/`),
  );
  if (mounted)
    throw new Error(
      `${mounted} is still mounted below ${path}: umount it, then build again`,
    );
  await rm(path, { recursive: true, force: true });
}

/** The path itself and `<path>.<suffix>`, as far as they exist. */
async function siblings(path: string): Promise<string[]> {
  if (!existsSync(dirname(path))) return [];
  const names = await readdir(dirname(path));
  const own = names.filter(
    name => name === basename(path) || name.startsWith(`${basename(path)}.`),
  );
  return own.map(name => join(dirname(path), name));
}
