import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runner } from '../engine/run.ts';
import { archiveName, packImage } from './dockerArchive.ts';
import { packLayer } from './layer.ts';

test('the same content gives the same layer, whenever and by whomever it is packed', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'layer-'));
  t.after(() => rm(folder, { recursive: true }));
  const run = runner(join(folder, 'log'), () => undefined);
  const program = join(folder, 'program');
  await writeFile(program, '#!/bin/sh\n');
  await chmod(program, 0o755);
  const content = {
    files: { 'usr/bin/program': program },
    links: { 'usr/bin/other': 'program' },
    texts: { 'etc/passwd': 'root:x:0:0::/:\n' },
    folders: ['tmp'],
  };
  const first = await packLayer(content, join(folder, '1.tar'), run);
  await utimes(program, 1, 1);
  const second = await packLayer(content, join(folder, '2.tar'), run);
  assert.equal(first.digest, second.digest);

  const listed = await run('tar', [
    '--list',
    '--verbose',
    '--numeric-owner',
    '--file',
    first.path,
  ]);
  assert.match(listed, /^-rwxr-xr-x 0\/0 .* usr\/bin\/program$/m);
  assert.match(listed, /^-rw-r--r-- 0\/0 .* etc\/passwd$/m);
  assert.match(listed, /^lrwxrwxrwx 0\/0 .* usr\/bin\/other -> program$/m);
  assert.match(listed, /^drwxrwxrwt 0\/0 .* tmp\/$/m);
});

test('an image is a docker archive with its name, start command and layers', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'image-'));
  t.after(() => rm(folder, { recursive: true }));
  const run = runner(join(folder, 'log'), () => undefined);
  const layer = await packLayer(
    { texts: { 'etc/hostname': 'x' } },
    join(folder, 'layer'),
    run,
  );
  const name = 'registry.example/group/tool:v1';
  await packImage(
    { name, layers: [layer], entrypoint: ['/tool'] },
    folder,
    run,
  );

  const archive = join(folder, archiveName(name));
  assert.equal(archiveName(name), 'tool_v1.tar');
  const read = (member: string) =>
    run('tar', ['--extract', '--to-stdout', '--file', archive, member]);
  const [manifest] = JSON.parse(await read('manifest.json'));
  assert.deepEqual(manifest.RepoTags, [name]);
  const config = JSON.parse(await read(manifest.Config));
  assert.deepEqual(config.rootfs.diff_ids, [layer.digest]);
  assert.deepEqual(config.config.Entrypoint, ['/tool']);
  assert.match(
    await run('sh', [
      '-c',
      `tar --extract --to-stdout --file "$1" "$2" | sha256sum`,
      'sh',
      archive,
      manifest.Layers[0],
    ]),
    new RegExp(layer.digest.slice(7)),
  );
});
