import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../system/cacheFolder.ts';
import { components as usual, contents } from './components.ts';
import { build, BuildFailed } from './engine/build.ts';
import { Progress } from './engine/progress.ts';
import { relink, replaceFile, Store } from './engine/store.ts';
import { olderComponents } from './older.ts';
import { imagesFolder } from './paths.ts';
import { prune } from './prune.ts';
import { versions } from './versions.ts';

const USAGE = `usage: node src/images/cli.ts build [COMPONENT…] | list | prune
  build   builds what is missing or out of date (all but those on demand, or these components and what they need)
  list    shows the components and their state
  prune   removes root file systems that are out of date and that no host uses`;

const components = () => [...usual(), ...olderComponents()];

async function main(args: string[]): Promise<void> {
  const [command, ...names] = args;
  const root = imagesFolder();
  if (command === 'list') return await list(root);
  if (command !== 'build' && command !== 'prune') throw new BuildFailed(USAGE);
  if (lockedElsewhere(root, args)) return;
  if (command === 'prune') return await prune(cacheFolder(), console.log);
  const table = components();
  const outcomes = await build(
    names.length > 0
      ? names
      : table.filter(({ onDemand }) => !onDemand).map(({ name }) => name),
    table,
    root,
    new Progress(line => console.log(line)),
  );
  if (outcomes.has('kubernetes')) await linkKubectl(root);
  await replaceFile(
    join(root, 'versions.json'),
    `${JSON.stringify(contents(), null, 2)}\n`,
  );
  const built = [...outcomes]
    .filter(([, outcome]) => outcome === 'built')
    .map(([name]) => name);
  console.log(
    built.length > 0
      ? `images: built ${built.join(', ')}`
      : 'images: all up to date',
  );
}

/** kubectl of the cluster's version on the developer's PATH (scripts/env.sh). */
async function linkKubectl(root: string): Promise<void> {
  const bin = join(cacheFolder(), 'bin');
  await mkdir(bin, { recursive: true });
  await relink(
    join(bin, 'kubectl'),
    join(root, 'bin', `kubernetes-${versions.kubernetes}`, 'kubectl'),
  );
}

async function list(root: string): Promise<void> {
  const store = new Store(root);
  for (const { name, title } of components()) {
    const built = await store.built(name);
    console.log(
      `${name.padEnd(21)} ${
        built
          ? `${built.time} ${built.seconds} s, ${built.output}`
          : 'not built'
      }  (${title})`,
    );
  }
}

/**
 * One builder per cache: runs this program again under flock(1) unless that has been done. A second builder waits.
 *
 * @returns true if it has run, and this process has nothing left to do
 */
function lockedElsewhere(root: string, args: string[]): boolean {
  if (process.env.KUBESMITH_IMAGES_LOCKED) return false;
  spawnSync('mkdir', ['-p', root]);
  const child = spawnSync(
    'flock',
    [
      '--close',
      join(root, '.lock'),
      process.execPath,
      process.argv[1]!,
      ...args,
    ],
    { stdio: 'inherit', env: { ...process.env, KUBESMITH_IMAGES_LOCKED: '1' } },
  );
  if (child.error) throw new BuildFailed(`flock: ${child.error.message}`);
  process.exitCode = child.status ?? 1;
  return true;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BuildFailed)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
