/**
 * A department adds Kubesmith to its own Backstage: a new app by `@backstage/create-app`, outside of this repository, with our
 * packages as they would be published and docs/admin/add-to-your-backstage.md as the only instruction.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium, launchChromium } from '../chromium.ts';
import { repository } from '../layout.ts';
import { AdoptedPortal, preflight } from './AdoptedPortal.ts';
import { FreshApp } from './FreshApp.ts';
import { readGuide, type Guide } from './guide.ts';

const LIMIT_MS = 40 * 60_000;
const PATIENCE_MS = 120_000;

describe('adopted by a fresh Backstage app', { timeout: LIMIT_MS }, () => {
  let parent: string;
  let guide: Guide;
  let app: FreshApp;

  before(
    async () => {
      parent = await realpath(
        await mkdtemp(join(tmpdir(), 'kubesmith-adoption-')),
      );
      guide = await readGuide();
      app = await FreshApp.create(parent);
      await app.adopt(guide);
      await app.build();
    },
    { timeout: LIMIT_MS },
  );
  after(async () => {
    if (parent) await rm(parent, { recursive: true, force: true });
  });

  test('the packages bring what they need, and nothing of this repository', async () => {
    const scope = join(app.folder, 'node_modules', '@kubesmith');
    const names = await readdir(scope);
    assert.equal(names.length, 8, names.join(', '));
    for (const name of names) {
      const path = await realpath(join(scope, name));
      assert.ok(path.startsWith(`${app.folder}/node_modules/`), path);
      const files = await readdir(path);
      for (const needed of ['README.md', 'LICENSE', 'dist', 'package.json'])
        assert.ok(files.includes(needed), `${name} has no ${needed}`);
      assert.ok(!files.includes('src'), `${name} brings its sources`);
      const manifest = await readFile(join(path, 'package.json'), 'utf8');
      const { dependencies = {} } = JSON.parse(manifest);
      assert.ok(!JSON.stringify(dependencies).includes('workspace:'), manifest);
    }
    const schema = await readFile(
      join(scope, 'plugin-kubesmith-backend', 'config.schema.json'),
      'utf8',
    );
    assert.match(schema, /"tokenSecret":\s*\{[^}]*"visibility":\s*"secret"/);
  });

  test('the frontend is built of the packages', async () => {
    const folder = join(app.folder, 'packages', 'app', 'dist', 'static');
    const sources = new Set<string>();
    for (const name of await readdir(folder)) {
      if (!name.endsWith('.map')) continue;
      const map = JSON.parse(await readFile(join(folder, name), 'utf8'));
      for (const source of map.sources as string[]) sources.add(source);
    }
    const ours = [...sources].filter(source =>
      source.includes('kubesmith/plugin'),
    );
    assert.ok(ours.some(source => source.includes('plugin-kubesmith/dist/')));
    assert.ok(
      ours.some(source =>
        source.includes('plugin-scaffolder-module-kubesmith/dist/'),
      ),
    );
    for (const source of sources)
      assert.ok(!source.includes(`${repository}/`), source);
  });

  test('kubesmith preflight runs, with the Terraform module of the package', async () => {
    const { code, output } = await preflight(app);
    assert.equal(code, 1, output);
    assert.match(output, /ok {7}The kubesmith section is valid: 1 environment/);
    assert.match(output, /ok {7}The Proxmox provider can be obtained/);
    assert.match(
      output,
      /problem {2}https:\/\/127\.0\.0\.1:1 cannot be reached/,
    );
    assert.match(output, /Not ready: 1 problem/);
  });

  test('the backend starts; a browser shows the clusters page and the template', async () => {
    const portal = await AdoptedPortal.start(app, join(parent, 'running'));
    let loaded: string[] = [];
    try {
      await look(portal.address);
      assert.doesNotMatch(await portal.log(), /threw an error during startup/);
    } finally {
      loaded = await portal.stop();
    }
    const ours = loaded.filter(path => path.includes('/@kubesmith/'));
    assert.ok(ours.length > 100, `${ours.length} files of ours`);
    const foreign = loaded.filter(
      path =>
        path.startsWith(`${repository}/`) && !path.endsWith('/loaded.cjs'),
    );
    assert.deepEqual(foreign, []);
  });
});

async function look(address: string): Promise<void> {
  const executablePath = findChromium();
  assert.ok(executablePath, 'Chromium is installed (make setup)');
  const browser = await launchChromium(executablePath);
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const mistakes: string[] = [];
    page.on('pageerror', error => mistakes.push(error.message));
    page.on('response', answer => {
      if (answer.status() >= 500)
        mistakes.push(`${answer.status()} ${answer.url()}`);
    });
    await page.goto(address);
    await page.getByRole('button', { name: 'Enter' }).click();
    await page.getByRole('link', { name: 'Clusters', exact: true }).click();
    await page
      .getByRole('heading', { name: 'You have no clusters yet' })
      .waitFor();
    await page.getByRole('link', { name: 'New K8s cluster' }).waitFor();
    await page.goto(`${address}/create`);
    await page.getByText('New K8s cluster', { exact: true }).first().waitFor();
    assert.deepEqual(mistakes, []);
  } finally {
    await browser.close();
  }
}
