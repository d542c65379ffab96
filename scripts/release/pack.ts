/**
 * Makes the packages that others install into their Backstage: node scripts/release/pack.ts FOLDER [COMMIT]
 *
 * One .tgz for each package in plugins/, as `yarn npm publish` would send it. Everything happens in a copy of the
 * work tree (or of a commit), because packing rewrites package.json for a moment; dependencies are those of `yarn install` here.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(
  /\/$/,
  '',
);

/** The types of what is packed: tests are not. */
const TYPES = {
  extends: './tsconfig.json',
  // What CSS modules and pictures are to TypeScript.
  files: ['node_modules/@backstage/cli/asset-types/asset-types.d.ts'],
  include: ['plugins/*/src', 'plugins/*/config.d.ts', 'plugins/*/migrations'],
  exclude: [
    'node_modules',
    '**/*.test.ts',
    '**/*.test.tsx',
    '**/__testUtils__',
  ],
};

/**
 * Packs all plugins into a folder.
 *
 * @param commit - what to pack; the work tree as it is when absent
 * @returns the path of each archive by the package's name
 */
export function pack(folder: string, commit?: string): Record<string, string> {
  mkdirSync(folder, { recursive: true });
  const copy = mkdtempSync(join(tmpdir(), 'kubesmith-pack-'));
  try {
    if (commit) extract(commit, copy);
    else copyTrackedFiles(copy);
    linkDependencies(copy);
    // Declarations come from here; `package build` only bundles them.
    writeFileSync(join(copy, 'tsconfig.pack.json'), JSON.stringify(TYPES));
    run(copy, 'yarn', 'tsc', '--project', 'tsconfig.pack.json');
    const archives: Record<string, string> = {};
    for (const name of readdirSync(join(copy, 'plugins'))) {
      const directory = join(copy, 'plugins', name);
      const manifest = JSON.parse(
        readFileSync(join(directory, 'package.json'), 'utf8'),
      ) as { name: string; version: string };
      copyFileSync(join(copy, 'LICENSE'), join(directory, 'LICENSE'));
      const archive = join(
        folder,
        `${manifest.name.replace('@', '').replace('/', '-')}-${
          manifest.version
        }.tgz`,
      );
      run(directory, 'yarn', 'build');
      withoutOurPaths(join(directory, 'dist'), [repository, copy]);
      // Runs prepack and postpack, and puts versions in place of `workspace:`.
      run(directory, 'yarn', 'pack', '--out', archive);
      archives[manifest.name] = archive;
    }
    return archives;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Files of git as they are in the work tree, new ones included. */
function copyTrackedFiles(target: string): void {
  const files = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: repository, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  for (const file of new Set(files.split('\0').filter(Boolean))) {
    const source = join(repository, file);
    if (!existsSync(source)) continue; // Deleted, not committed yet.
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(source, join(target, file), { verbatimSymlinks: true });
  }
}

function extract(commit: string, target: string): void {
  const archive = join(target, 'commit.tar');
  run(repository, 'git', 'archive', '--output', archive, commit);
  run(target, 'tar', '-xf', archive);
  rmSync(archive);
}

/** Installed packages are links to ours, except the repository's own: those are of the copy. */
function linkDependencies(target: string): void {
  const folders = [''];
  for (const group of ['packages', 'plugins'])
    for (const name of readdirSync(join(target, group)))
      folders.push(join(group, name));
  for (const folder of folders) {
    const installed = join(repository, folder, 'node_modules');
    if (existsSync(installed))
      linkEntries(installed, join(target, folder, 'node_modules'));
  }
}

function linkEntries(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const link = join(to, entry.name);
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), link);
    else if (entry.name === '@kubesmith') linkEntries(source, link);
    else symlinkSync(source, link);
  }
}

/**
 * Rollup names what lies outside of `src` by its path: the helper of CSS modules, which is a link to this repository, and
 * package.json. Takes the path of this machine out of names and imports, as in a build in the repository.
 */
function withoutOurPaths(dist: string, roots: string[]): void {
  for (const root of roots) {
    if (!existsSync(join(dist, root))) continue;
    const [top] = root.slice(1).split('/');
    cpSync(join(dist, root), dist, { recursive: true });
    rmSync(join(dist, top), { recursive: true });
    for (const name of readdirSync(dist, {
      recursive: true,
      encoding: 'utf8',
    })) {
      if (!/\.js(\.map)?$/.test(name)) continue;
      const file = join(dist, name);
      const text = readFileSync(file, 'utf8');
      const short = text.replaceAll(`${root.slice(1)}/`, '');
      if (short !== text) writeFileSync(file, short);
    }
  }
}

/** Its output is shown only when it fails. */
function run(cwd: string, program: string, ...args: string[]): void {
  const result = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (result.status !== 0) {
    throw new Error(
      `"${[program, ...args].join(' ')}" in ${cwd} ended with ${
        result.status ?? result.signal ?? result.error
      }:\n${result.stdout}\n${result.stderr}`,
    );
  }
}

if (import.meta.main) {
  const [folder, commit] = process.argv.slice(2);
  if (!folder) {
    process.stderr.write(
      'Usage: node scripts/release/pack.ts FOLDER [COMMIT]\n',
    );
    process.exit(2);
  }
  for (const archive of Object.values(pack(resolve(folder), commit)))
    process.stdout.write(`${archive}\n`);
}
