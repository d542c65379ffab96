import { open, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Instance } from '@kubesmith/lab/src/instance/Instance.ts';
import { unless } from '@kubesmith/lab/src/system/errors.ts';
import { allProcesses, readProc } from '@kubesmith/lab/src/system/processes.ts';
import { type Needle, needlesOf } from './secretForms.ts';

/** Where the portal writes: databases, workspaces of the tools, logs. */
const FOLDERS = ['portal', 'logs'];
const CHUNK_BYTES = 1024 * 1024;

/**
 * Looks for secrets where none may be: in all files that the portal and the lab's services write, and in the command lines of
 * this machine.
 *
 * @param secrets - name to value
 * @returns what was found where
 */
export async function findSecrets(
  instance: Instance,
  secrets: Record<string, string>,
): Promise<string[]> {
  const needles = needlesOf(secrets);
  const found: string[] = [];
  for (const folder of FOLDERS) {
    for (const hit of await scanFolder(instance.file(folder), needles))
      found.push(`${hit.what} in ${relative(instance.folder, hit.path)}`);
  }
  for (const pid of await allProcesses()) {
    const line = Buffer.from((await readProc(pid, 'cmdline')) ?? '');
    for (const { what } of scanBytes(line, needles))
      found.push(`${what} in the command line of process ${pid}`);
  }
  return found;
}

/** Which needles are in some bytes. */
export function scanBytes(content: Buffer, needles: Needle[]): Needle[] {
  return needles.filter(({ bytes }) => content.includes(bytes));
}

/** Looks through all files of a folder, however large, a piece at a time. */
export async function scanFolder(
  folder: string,
  needles: Needle[],
  chunkBytes: number = CHUNK_BYTES,
): Promise<{ what: string; path: string }[]> {
  const entries = await readdir(folder, {
    recursive: true,
    withFileTypes: true,
  });
  const found: { what: string; path: string }[] = [];
  for (const entry of entries.filter(one => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    for (const what of await scanFile(path, needles, chunkBytes))
      found.push({ what, path });
  }
  return found;
}

async function scanFile(
  path: string,
  needles: Needle[],
  chunkBytes: number,
): Promise<string[]> {
  // Files of a running tool may go meanwhile.
  const file = await unless(['ENOENT'], open(path, 'r'));
  if (!file) return [];
  const found = new Set<string>();
  const overlap = Math.max(...needles.map(({ bytes }) => bytes.length)) - 1;
  let carried: Buffer = Buffer.alloc(0);
  try {
    for (;;) {
      const buffer = Buffer.alloc(chunkBytes);
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, null);
      if (bytesRead === 0) break;
      // What begins at the end of a piece ends in the next one.
      const window = Buffer.concat([carried, buffer.subarray(0, bytesRead)]);
      for (const { what } of scanBytes(window, needles)) found.add(what);
      carried = window.subarray(Math.max(0, window.length - overlap));
    }
  } finally {
    await file.close();
  }
  return [...found];
}
