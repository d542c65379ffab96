import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Task } from '../engine/component.ts';
import { SOURCES } from '../paths.ts';

/** What is mounted and started while a root file system is made is gone when the program ends or is killed. */
const NAMESPACES = [
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
];

/** Recipe of the plain root file system: package list, last hook, files. */
export const PLAIN_SOURCES = join(SOURCES, 'rootfs');

/**
 * Installs a Debian system from packages into the task's output.
 *
 * @param suite - Debian release. 12 (bookworm): its systemd is the last that runs on cgroup version 1
 * @param mirror - address of a Debian mirror; without it mmdebstrap's own default
 */
export async function makePlain(
  suite: string,
  mirror: string | undefined,
  task: Task,
): Promise<void> {
  const packages = parsePackages(
    await readFile(join(PLAIN_SOURCES, 'packages.txt'), 'utf8'),
  );
  await rm(task.output, { recursive: true });
  await task.run('unshare', [
    ...NAMESPACES,
    'mmdebstrap',
    '--mode=root',
    '--variant=important',
    '--skip=check/empty',
    `--include=${packages.join(',')}`,
    '--aptopt=Acquire::Languages "none"',
    '--dpkgopt=path-exclude=/usr/share/man/*',
    '--dpkgopt=path-exclude=/usr/share/locale/*',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    `--customize-hook=${join(PLAIN_SOURCES, 'customize.sh')} "$1"`,
    suite,
    task.output,
    ...(mirror ? [mirror] : []),
  ]);
}

/** The golden one: a copy of the plain one with Kubernetes' packages, and beside it the containerd state with all images. */
export async function makeGolden(from: GoldenParts, task: Task): Promise<void> {
  const recipe = join(SOURCES, 'golden');
  await task.run('cp', [
    '--archive',
    '--no-target-directory',
    from.plain,
    task.output,
  ]);
  await task.run('unshare', [
    ...NAMESPACES,
    '--net',
    join(recipe, 'customize.sh'),
    task.output,
    from.packages,
    from.pauseImage,
  ]);
  // The packages hold copies of one program; make it one file again. The content is the same, dpkg --verify agrees.
  for (const command of ['kubeadm', 'kubectl', 'kubelet']) {
    await task.run('cmp', [
      join(from.kubernetes, command),
      join(task.output, 'usr/bin', command),
    ]);
    await task.run('ln', [
      '--force',
      join(from.kubernetes, command),
      join(task.output, 'usr/bin', command),
    ]);
  }
  const state = `${task.output}.containerd`;
  await mkdir(state, { mode: 0o711 });
  await task.run('unshare', [
    ...NAMESPACES,
    '--net',
    join(recipe, 'import-containers.sh'),
    task.output,
    state,
    from.containers,
  ]);
}

/** Recipe of the golden root file system. */
export const GOLDEN_SOURCES = join(SOURCES, 'golden');

/** What the golden root file system is made of. Folders. */
export interface GoldenParts {
  plain: string;
  packages: string;
  kubernetes: string;
  containers: string;
  /** Name of the image that holds a pod's namespaces, as kubeadm says. */
  pauseImage: string;
}

/** One package a line; `#` begins a comment. */
export function parsePackages(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.replace(/#.*/, '').trim())
    .filter(Boolean);
}
