import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SupervisedRun } from './SupervisedRun';

const KEPT_RUNS = 20;

/** A new folder below `parent`, named so that names sort by time. */
export function newRunDirectory(parent: string, label: string): string {
  const time = new Date().toISOString().replace(/[-:.]/g, '');
  return join(parent, `${time}-${label}-${randomBytes(3).toString('hex')}`);
}

/** Removes the folders of runs that ended, but for the newest ones. */
export async function pruneRuns(
  parent: string,
  keep = KEPT_RUNS,
): Promise<void> {
  const names = (await readdir(parent).catch(() => [] as string[])).sort();
  for (const name of names.slice(0, Math.max(0, names.length - keep))) {
    const directory = join(parent, name);
    const run = (await stat(directory)).isDirectory()
      ? await SupervisedRun.attach(directory)
      : undefined;
    if (!run || (await run.exit()))
      await rm(directory, { recursive: true, force: true });
  }
}
