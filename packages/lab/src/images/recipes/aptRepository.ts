import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  cp,
  link,
  mkdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Task } from '../engine/component.ts';
import { SOURCES } from '../paths.ts';

/** Recipe of the packages: their table, units, scripts. */
export const PACKAGE_SOURCES = join(SOURCES, 'packages');

interface PackageRecipe {
  component: string;
  /** Path in the package to name of the binary in the component. */
  binaries: Record<string, string>;
  depends: string[];
  description: string;
}

/** Who signs. Not a person: the key is made on this machine for its lab. */
const SIGNER = 'kubesmith-lab';

/**
 * Makes a flat signed apt repository of the same layout as upstream's, so that a playbook's steps (key, source, pinned
 * version, hold) run unchanged against it: `deb [signed-by=KEY] ADDRESS ./`, key in `Release.key`.
 *
 * @param componentVersions - version of each component, without v
 * @param keyFolder - GnuPG home with the signing key; made if missing
 */
export async function makeAptRepository(
  componentVersions: Record<string, string>,
  keyFolder: string,
  task: Task,
): Promise<void> {
  const { revision, packages } = JSON.parse(
    await readFile(join(PACKAGE_SOURCES, 'packages.json'), 'utf8'),
  ) as {
    revision: string;
    packages: Record<string, PackageRecipe>;
  };
  const stanzas: string[] = [];
  for (const [name, recipe] of Object.entries(packages)) {
    const version = `${componentVersions[recipe.component]}-${revision}`;
    const file = await makePackage(name, version, recipe, task);
    const content = await readFile(join(task.output, file));
    const control = await task.run('dpkg-deb', [
      '--field',
      join(task.output, file),
    ]);
    stanzas.push(
      `${control}Filename: ./${file}\nSize: ${content.length}\nSHA256: ${sha256(
        content,
      )}\n`,
    );
  }
  const index = stanzas.join('\n');
  await writeFile(join(task.output, 'Packages'), index);
  await writeFile(join(task.output, 'Packages.gz'), gzipSync(index));
  await writeFile(
    join(task.output, 'Release'),
    await release(task.output, ['Packages', 'Packages.gz']),
  );
  await sign(keyFolder, task);
}

async function makePackage(
  name: string,
  version: string,
  recipe: PackageRecipe,
  task: Task,
): Promise<string> {
  const tree = `${task.output}.tree`;
  const own = join(PACKAGE_SOURCES, name);
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  if (existsSync(join(own, 'files')))
    await cp(join(own, 'files'), tree, { recursive: true });
  if (existsSync(join(own, 'postinst')))
    await cp(join(own, 'postinst'), join(tree, 'DEBIAN/postinst'));
  for (const [path, binary] of Object.entries(recipe.binaries)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await link(join(task.resultOf(recipe.component), binary), join(tree, path));
  }
  const control = [
    `Package: ${name}`,
    `Version: ${version}`,
    'Architecture: amd64',
    'Maintainer: Kubesmith lab <lab@kubesmith.invalid>',
    'Section: admin',
    'Priority: optional',
    ...(recipe.depends.length > 0
      ? [`Depends: ${recipe.depends.join(', ')}`]
      : []),
    `Description: ${recipe.description}`,
    '',
  ];
  await writeFile(join(tree, 'DEBIAN/control'), control.join('\n'));
  const file = `${name}_${version}_amd64.deb`;
  await task.run('dpkg-deb', [
    '--root-owner-group',
    '-Zzstd',
    '-z1',
    '--build',
    tree,
    join(task.output, file),
  ]);
  await rm(tree, { recursive: true });
  return file;
}

async function release(folder: string, files: string[]): Promise<string> {
  const sums = await Promise.all(
    files.map(async file => {
      const path = join(folder, file);
      return ` ${sha256(await readFile(path))} ${
        (await stat(path)).size
      } ${file}`;
    }),
  );
  return [
    'Origin: kubesmith-lab',
    'Label: kubesmith-lab',
    'Suite: stable',
    `Date: ${new Date().toUTCString()}`,
    'SHA256:',
    ...sums,
    '',
  ].join('\n');
}

async function sign(keyFolder: string, task: Task): Promise<void> {
  await mkdir(keyFolder, { recursive: true, mode: 0o700 });
  const gpg = (...args: string[]) =>
    task.run('gpg', [
      '--homedir',
      keyFolder,
      '--batch',
      '--yes',
      '--quiet',
      ...args,
    ]);
  try {
    if (!(await gpg('--with-colons', '--list-keys')).includes(SIGNER)) {
      await gpg(
        '--passphrase',
        '',
        '--quick-gen-key',
        SIGNER,
        'ed25519',
        'sign',
        'never',
      );
    }
    const path = join(task.output, 'Release');
    await gpg('--clearsign', '--output', join(task.output, 'InRelease'), path);
    await gpg('--detach-sign', '--armor', '--output', `${path}.gpg`, path);
    await gpg('--armor', '--export', '--output', `${path}.key`, SIGNER);
  } finally {
    // gpg starts an agent for its home; it must not outlive the build.
    await task.run('gpgconf', ['--homedir', keyFolder, '--kill', 'all']);
  }
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
