import { join } from 'node:path';
import type { Task } from '../engine/component.ts';
import { SOURCES } from '../paths.ts';
import { type GoldenParts, makeGolden } from './rootfs.ts';

/** Recipe of the root file system from which the lab upgrades, beyond what the golden one is made by. */
export const OLDER_SOURCES = join(SOURCES, 'older');

/**
 * A golden root file system of an older Kubernetes. Its containerd state also holds the containers of the usual version: the lab
 * has no registry from which an upgrade could pull them.
 *
 * @param newer - folder with the archives of the usual version
 */
export async function makeOlder(
  from: GoldenParts,
  newer: string,
  task: Task,
): Promise<void> {
  await makeGolden(from, task);
  await task.run('unshare', [
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--net',
    join(OLDER_SOURCES, 'import-more.sh'),
    task.output,
    `${task.output}.containerd`,
    newer,
  ]);
}
