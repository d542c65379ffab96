import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const ID = /^[0-9a-f-]{36}$/;

/**
 * Names a data directory on one machine: only there it can be known whether a tool still runs. The same after every restart;
 * another one for a copy of the folder on another machine.
 *
 * @throws Error when the folder's id is damaged or cannot be written
 */
export async function placeOf(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, 'place-id');
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  const id = (await read(path)) ?? (await make(path));
  if (!ID.test(id))
    throw new Error(
      `${path} is damaged. Stop the backend, see that none of its tools run, and remove it`,
    );
  return `${id}@${hostname()}`.slice(0, 200);
}

async function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').then(
    text => text.trim(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    },
  );
}

/** Whole or not at all, and the first one who does it wins. */
async function make(path: string): Promise<string> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${randomUUID()}\n`, { mode: 0o600, flush: true });
  try {
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return (await read(path))!;
}
