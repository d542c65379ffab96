import { glob, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildFailed } from './engine/build.ts';

/**
 * Removes root file systems that no link (`golden`, `plain`, `older`) points to. Hosts, also those that are off, stand on them:
 * so it refuses while any lab instance exists.
 *
 * @param cache - the project's cache
 * @param say - told what is removed
 */
export async function prune(
  cache: string,
  say: (line: string) => void,
): Promise<void> {
  for await (const instance of glob(join(cache, 'lab/*/instance.json'))) {
    throw new BuildFailed(
      `a lab instance exists (${instance}): yarn lab down, then prune again`,
    );
  }
  const folder = join(cache, 'images/rootfs');
  const entries = await readdir(folder, { withFileTypes: true });
  const links = entries.filter(entry => entry.isSymbolicLink());
  const current = await Promise.all(
    links.map(link => readlink(join(folder, link.name))),
  );
  const all = entries.filter(
    entry =>
      entry.isDirectory() &&
      /^(golden|plain|older)-[0-9a-f]+$/.test(entry.name),
  );
  for (const { name } of all.filter(entry => !current.includes(entry.name))) {
    await rm(join(folder, `${name}.containerd`), {
      recursive: true,
      force: true,
    });
    await rm(join(folder, name), { recursive: true });
    say(`${name}: removed`);
  }
}
