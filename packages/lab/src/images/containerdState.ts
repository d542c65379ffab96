import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the image keeps the containerd state that belongs to it: a sibling folder, absent if no containers are baked in. */
function containerdStateOf(image: string): string {
  return `${image}.containerd`;
}

/**
 * Gives a new host the container images of its root file system: fills `target`, its future /var/lib/containerd.
 *
 * Layers and blobs are never written again, so they are hard links: no space, one page cache for all hosts, some 10 ms.
 * Only containerd's databases are copied. `target` must be missing or empty and lie on the file system of the image
 * (EXDEV otherwise). An image without baked containers leaves it an empty folder.
 *
 * @param image - real path of the root file system (links such as `golden` resolved)
 * @param target - folder to fill
 */
export async function cloneContainerdState(
  image: string,
  target: string,
): Promise<void> {
  await mkdir(target, { recursive: true });
  const state = containerdStateOf(image);
  if (!existsSync(state)) return;
  await run('cp', [
    '--archive',
    '--link',
    '--no-target-directory',
    state,
    target,
  ]);
  await run('find', [
    target,
    '-name',
    '*.db',
    '-exec',
    'sh',
    '-c',
    COPY_IN_PLACE_OF_LINK,
    'sh',
    '{}',
    '+',
  ]);
}

const COPY_IN_PLACE_OF_LINK =
  'set -e; for file; do cp --archive "$file" "$file.own"; mv "$file.own" "$file"; done';
