import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { BackendFeature } from '@backstage/backend-plugin-api';

const ROOT = resolve(__dirname, '../../../../../..');
const LIMIT_MS = 8 * 60_000;
const ENGINE = '@backstage-community/plugin-rbac-backend';

/** The engine's version that is tried. */
export const ENGINE_VERSION = '8.1.3';

/** What it shares with the portal: two copies would be two frameworks. */
const shared = [
  '@backstage/backend-defaults',
  '@backstage/backend-plugin-api',
  '@backstage/catalog-client',
  '@backstage/catalog-model',
  '@backstage/config',
  '@backstage/errors',
  '@backstage/plugin-permission-common',
  '@backstage/plugin-permission-node',
  '@backstage/types',
  'better-sqlite3',
  'knex',
  'pg',
];

/**
 * The community RBAC engine as a feature of a backend. It is installed into the cache and not among our dependencies: only
 * this test needs it, and it brings a database layer of its own.
 *
 * Off its supported path in one point: it asks for 2.x of its helper packages. Where a registry has none, 1.x serve, with two
 * functions added by the patch beside this file. Remove patch and pins once 2.x are there.
 */
export async function installEngine(): Promise<BackendFeature> {
  const patch = join(__dirname, 'rbac-common-1.18.0.patch');
  const manifest = {
    name: 'community-rbac-engine',
    private: true,
    packageManager: JSON.parse(
      await readFile(join(ROOT, 'package.json'), 'utf8'),
    ).packageManager,
    // Its database layer looks for the driver by itself.
    dependencies: { [ENGINE]: ENGINE_VERSION, 'better-sqlite3': '*' },
    resolutions: {
      ...Object.fromEntries(
        shared.map(name => [name, `link:${join(ROOT, 'node_modules', name)}`]),
      ),
      '@backstage-community/plugin-rbac-common':
        'patch:@backstage-community/plugin-rbac-common@npm%3A1.18.0#./rbac-common.patch',
      '@backstage-community/plugin-rbac-node': '1.12.0',
      // 1.10 needs a typeorm that wants MongoDB.
      'typeorm-adapter': '1.9.0',
    },
  };
  const text = JSON.stringify(manifest, undefined, 2);
  const key = createHash('sha256')
    .update(text)
    .update(await readFile(patch))
    .digest('hex')
    .slice(0, 12);
  const cache =
    process.env.KUBESMITH_CACHE ?? join(homedir(), '.cache', 'kubesmith');
  const folder = join(cache, `community-rbac-${key}`);
  const done = join(folder, 'installed');
  if (!(await exists(done))) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), text);
    await writeFile(join(folder, 'yarn.lock'), '');
    await copyFile(patch, join(folder, 'rbac-common.patch'));
    await copyFile(join(ROOT, '.yarnrc.yml'), join(folder, '.yarnrc.yml'));
    await promisify(execFile)('yarn', ['install'], {
      cwd: folder,
      env: { ...process.env, YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' },
      timeout: LIMIT_MS,
    });
    await writeFile(done, '');
  }
  const engine = join(folder, 'node_modules', ENGINE);
  // It looks for its migrations among the portal's packages.
  const api = require('@backstage/backend-plugin-api');
  const { resolvePackagePath } = api;
  api.resolvePackagePath = (name: string, ...paths: string[]) =>
    name === ENGINE
      ? join(engine, ...paths)
      : resolvePackagePath(name, ...paths);
  // Jest knows no dynamic import of what is not there when it starts.
  return require(engine).default;
}

async function exists(file: string): Promise<boolean> {
  return readFile(file).then(
    () => true,
    () => false,
  );
}
