import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Instance } from '@kubesmith/lab/src/instance/Instance.ts';
import { unless } from '@kubesmith/lab/src/system/errors.ts';
import { allProcesses, readProc } from '@kubesmith/lab/src/system/processes.ts';

/** Where the portal writes: databases, workspaces of the tools, logs. */
const FOLDERS = ['portal', 'logs'];

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
  const needles = Object.entries(secrets).flatMap(
    ([name, value]): [string, Buffer][] => [
      [name, Buffer.from(value)],
      [`${name} in base64`, Buffer.from(Buffer.from(value).toString('base64'))],
      [`${name} in a URL`, Buffer.from(encodeURIComponent(value))],
    ],
  );
  const found: string[] = [];
  const look = (content: Buffer, where: string) => {
    for (const [name, needle] of needles) {
      if (content.includes(needle)) found.push(`${name} in ${where}`);
    }
  };
  for (const folder of FOLDERS) {
    const entries = await readdir(instance.file(folder), {
      recursive: true,
      withFileTypes: true,
    });
    for (const entry of entries.filter(one => one.isFile())) {
      const path = join(entry.parentPath, entry.name);
      // Files of a running tool may go meanwhile.
      const content = await unless(['ENOENT'], readFile(path));
      if (content) look(content, relative(instance.folder, path));
    }
  }
  for (const pid of await allProcesses()) {
    look(
      Buffer.from((await readProc(pid, 'cmdline')) ?? ''),
      `the command line of process ${pid}`,
    );
  }
  return found;
}
