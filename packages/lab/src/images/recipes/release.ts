import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Task } from '../engine/component.ts';

/** How long an address may take to answer before it counts as not reachable. */
const PROBE_MS = 3_000;

/** How long one file may take. */
const DOWNLOAD_MS = 300_000;

/** A file is not what its publisher's checksum says. Never passed over in silence. */
export class WrongChecksum extends Error {}

/**
 * Downloads release files, each checked against `<file>.sha256` beside it, into the task's output.
 *
 * @param base - address of the folder
 * @returns false, with nothing left behind, if the address cannot be reached: the caller has another way
 */
export async function downloadRelease(
  base: string,
  files: string[],
  task: Task,
): Promise<boolean> {
  const probe = await fetch(`${base}/${files[0]}.sha256`, {
    signal: AbortSignal.timeout(PROBE_MS),
  }).catch(() => undefined);
  await probe?.body?.cancel();
  if (!probe?.ok) {
    task.say('official release not reachable, building from source');
    return false;
  }
  task.say('downloading the official release');
  try {
    for (const file of files)
      await download(`${base}/${file}`, join(task.output, file));
    return true;
  } catch (error) {
    await Promise.all(
      files.map(file => rm(join(task.output, file), { force: true })),
    );
    if (error instanceof WrongChecksum) throw error;
    task.say(
      `download failed (${
        error instanceof Error ? error.message : error
      }), building from source`,
    );
    return false;
  }
}

async function download(url: string, path: string): Promise<void> {
  const [expected] = (await (await get(`${url}.sha256`)).text())
    .trim()
    .split(/\s+/);
  const hash = createHash('sha256');
  const sum = new Transform({
    transform(chunk, _encoding, callback) {
      hash.update(chunk);
      callback(null, chunk);
    },
  });
  const { body } = await get(url);
  if (!body) throw new Error(`${url} is empty`);
  await pipeline(Readable.fromWeb(body), sum, createWriteStream(path));
  const actual = hash.digest('hex');
  if (actual !== expected)
    throw new WrongChecksum(
      `${url} has the SHA-256 sum ${actual}, its publisher says ${expected}`,
    );
  await chmod(path, 0o755);
}

async function get(url: string): Promise<Response> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(DOWNLOAD_MS),
  });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return response;
}
