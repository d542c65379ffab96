import assert from 'node:assert/strict';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cloneContainerdState } from './containerdState.ts';

test('a host shares blobs with the image and owns its databases', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'containerd-'));
  t.after(() => rm(folder, { recursive: true }));
  const image = join(folder, 'golden-1');
  const state = `${image}.containerd`;
  await mkdir(join(state, 'blobs'), { recursive: true });
  await writeFile(join(state, 'blobs/layer'), 'layer');
  await writeFile(join(state, 'meta.db'), 'images of the image');

  const host = join(folder, 'host');
  await cloneContainerdState(image, host);
  assert.equal(
    (await stat(join(host, 'blobs/layer'))).ino,
    (await stat(join(state, 'blobs/layer'))).ino,
  );
  assert.deepEqual((await readdir(host)).sort(), ['blobs', 'meta.db']);

  // what a host does to its containers must not reach the image
  await writeFile(join(host, 'meta.db'), 'changed by the host');
  await rm(join(host, 'blobs/layer'));
  assert.equal(
    await readFile(join(state, 'meta.db'), 'utf8'),
    'images of the image',
  );
  assert.equal(await readFile(join(state, 'blobs/layer'), 'utf8'), 'layer');
});

test('an image without containers gives an empty folder', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'containerd-'));
  t.after(() => rm(folder, { recursive: true }));
  await cloneContainerdState(join(folder, 'plain-1'), join(folder, 'host'));
  assert.deepEqual(await readdir(join(folder, 'host')), []);
});
