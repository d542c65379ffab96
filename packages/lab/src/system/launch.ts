import { spawn, type ChildProcess } from 'node:child_process';
import { open } from 'node:fs/promises';
import type { Cgroup } from './cgroups.ts';

/**
 * The command line that enters a cgroup before it becomes the given command. The process enters by itself, so nothing that
 * it forks can be outside.
 */
export function entering(
  cgroup: Cgroup,
  command: readonly string[],
): [string, ...string[]] {
  const script =
    'while [ "$1" != -- ]; do echo 0 > "$1"; shift; done; shift; exec "$@"';
  return ['sh', '-ec', script, 'lab', ...cgroup.entrances, '--', ...command];
}

/**
 * Starts a process that outlives this one, with its output in a file.
 *
 * @param flags `a` to append to the file, `w` to begin it anew
 */
export async function startDetached(
  [file, ...args]: [string, ...string[]],
  log: string,
  flags: 'a' | 'w',
): Promise<ChildProcess> {
  const output = await open(log, flags);
  try {
    const child = spawn(file, args, {
      detached: true,
      cwd: '/',
      stdio: ['ignore', output.fd, output.fd],
    });
    child.unref();
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return child;
  } finally {
    await output.close();
  }
}
