import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from '../system/run.ts';
import type { HostDirectory } from './HostDirectory.ts';

/** Copies the disks of a host that stands still. A copy that is not whole is not there. */
export async function takeSnapshot(
  host: HostDirectory,
  name: string,
): Promise<void> {
  const target = host.snapshot(name);
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  for (const disk of host.disks)
    await copyDisk(disk, join(partial, basename(disk)));
  await rename(partial, target);
}

/** Gives a host that is off the disks of a snapshot, which stays. */
export async function rollBack(
  host: HostDirectory,
  name: string,
): Promise<void> {
  const source = host.snapshot(name);
  if (!existsSync(source)) throw new Error(`There is no snapshot ${name}`);
  for (const disk of host.disks) {
    await rm(disk, { recursive: true, force: true });
    await copyDisk(join(source, basename(disk)), disk);
  }
  // Overlayfs's own: of the disk that is gone.
  await rm(host.work, { recursive: true, force: true });
  await mkdir(host.work, { recursive: true });
}

export async function removeSnapshot(
  host: HostDirectory,
  name: string,
): Promise<void> {
  await rm(host.snapshot(name), { recursive: true, force: true });
}

/** With all that overlayfs keeps beside the files: owners, devices, extended attributes; sparse files stay so. */
async function copyDisk(from: string, to: string): Promise<void> {
  await run([
    'cp',
    '--archive',
    '--reflink=auto',
    '--sparse=always',
    '--one-file-system',
    '--no-target-directory',
    from,
    to,
  ]);
}
