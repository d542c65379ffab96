import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  cp,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join, relative } from 'node:path';
import { spawn } from 'node:child_process';
import { cacheFolder } from '@kubesmith/lab/src/instance/Instance.ts';
import { inRepository, repository } from '../layout.ts';
import { toolEnvironment } from '../tools.ts';

/** What the built frontend depends on. Values of the configuration come in when it is served, its schema when it is built. */
const SOURCES = [
  'packages/app/src',
  'packages/app/public',
  'packages/app/package.json',
  'plugins/kubesmith/src',
  'plugins/kubesmith/package.json',
  'plugins/kubesmith-common/src',
  'plugins/kubesmith-common/package.json',
  'plugins/scaffolder-module-kubesmith/src',
  'plugins/scaffolder-module-kubesmith/package.json',
  'app-config.yaml',
  'yarn.lock',
];
const DIST = inRepository('packages', 'app', 'dist');
/** In the built frontend: the hash that it was built from. */
const MARK = '.kubesmith-hash';
const BUILD_LIMIT_MS = 15 * 60_000;
const KEEP = 3;

/** The frontend in packages/app/dist. */
export interface Frontend {
  /** Of all that it was built from. */
  hash: string;
  /** Whether it had to be built now. */
  built: boolean;
}

/** Makes sure that packages/app/dist is the frontend of the sources as they are: from the cache if it was built before. */
export async function ensureFrontend(): Promise<Frontend> {
  const hash = await hashOfSources();
  if ((await markOf(DIST)) === hash) return { hash, built: false };
  const cached = join(cacheFolder(), 'portal', `frontend-${hash}`);
  if ((await markOf(cached)) === hash) {
    await replace(cached, DIST);
    return { hash, built: false };
  }
  await build();
  await writeFile(join(DIST, MARK), hash);
  await replace(DIST, cached);
  await prune(join(cacheFolder(), 'portal'));
  return { hash, built: true };
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of await filesOf(inRepository(source))) {
      hash
        .update(`${relative(repository, file)}\0`)
        .update(await readFile(file))
        .update('\0');
    }
  }
  return hash.digest('hex').slice(0, 20);
}

/** All files below a path in a fixed order, tests left out. */
async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
}

async function markOf(folder: string): Promise<string | undefined> {
  const file = join(folder, MARK);
  return existsSync(file) ? (await readFile(file, 'utf8')).trim() : undefined;
}

/** Puts a copy in place in one move. */
async function replace(from: string, to: string): Promise<void> {
  const fresh = `${to}.${process.pid}.new`;
  await mkdir(join(to, '..'), { recursive: true });
  await rm(fresh, { recursive: true, force: true });
  await cp(from, fresh, { recursive: true });
  await rm(to, { recursive: true, force: true });
  await rename(fresh, to);
}

async function build(): Promise<void> {
  const output: Buffer[] = [];
  const child = spawn('yarn', ['workspace', 'app', 'build'], {
    cwd: repository,
    env: toolEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: BUILD_LIMIT_MS,
  });
  child.stdout.on('data', chunk => output.push(chunk));
  child.stderr.on('data', chunk => output.push(chunk));
  const outcome = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, killedBy) =>
      resolve(code ?? killedBy ?? 'unknown'),
    );
  });
  if (outcome !== 0) {
    const end = Buffer.concat(output)
      .toString()
      .trim()
      .split('\n')
      .slice(-20)
      .join('\n');
    throw new Error(
      `"yarn workspace app build" ended with ${outcome}:\n${end}`,
    );
  }
}

/** Old frontends are of no use: what was switched back to can be built again. */
async function prune(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter(name =>
    name.startsWith('frontend-'),
  );
  const aged = await Promise.all(
    names.map(async name => ({
      name,
      time: (await stat(join(folder, name))).mtimeMs,
    })),
  );
  aged.sort((a, b) => b.time - a.time);
  for (const { name } of aged.slice(KEEP))
    await rm(join(folder, name), { recursive: true, force: true });
}
