import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Task } from '../engine/component.ts';
import { downloadRelease, WrongChecksum } from './release.ts';

const sha256 = (text: string) =>
  createHash('sha256').update(text).digest('hex');

/** A release server on loopback with these files; the returned base address has the layout of upstream's. */
async function serve(
  t: TestContext,
  files: Record<string, string>,
): Promise<string> {
  const server = createServer((request, response) => {
    const content = files[request.url!.slice('/v1/'.length)];
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

async function emptyTask(t: TestContext): Promise<Task> {
  const output = await mkdtemp(join(tmpdir(), 'release-'));
  t.after(() => rm(output, { recursive: true }));
  const unused = () =>
    assert.fail('a download runs no program and needs no component');
  return { output, resultOf: unused, run: unused, say: () => undefined };
}

test('downloads files that have the published sums, and makes them executable', async t => {
  const task = await emptyTask(t);
  const base = await serve(t, {
    kubeadm: 'program',
    'kubeadm.sha256': `${sha256('program')}\n`,
  });
  assert.equal(await downloadRelease(base, ['kubeadm'], task), true);
  assert.equal(await readFile(join(task.output, 'kubeadm'), 'utf8'), 'program');
  assert.equal((await stat(join(task.output, 'kubeadm'))).mode & 0o777, 0o755);
});

test('a file with another sum ends the build: it is not passed over', async t => {
  const task = await emptyTask(t);
  const base = await serve(t, {
    kubeadm: 'tampered',
    'kubeadm.sha256': sha256('program'),
  });
  await assert.rejects(downloadRelease(base, ['kubeadm'], task), WrongChecksum);
  assert.deepEqual(await readdir(task.output), []);
});

test('an address that does not answer leaves it to the source build', async t => {
  const task = await emptyTask(t);
  const closed = createServer();
  await new Promise<void>(resolve => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise(resolve => closed.close(resolve));
  assert.equal(
    await downloadRelease(`http://127.0.0.1:${port}`, ['kubeadm'], task),
    false,
  );
});

test('a release that lacks a file leaves nothing behind', async t => {
  const task = await emptyTask(t);
  const base = await serve(t, {
    kubeadm: 'program',
    'kubeadm.sha256': sha256('program'),
  });
  assert.equal(
    await downloadRelease(base, ['kubeadm', 'kubelet'], task),
    false,
  );
  assert.deepEqual(await readdir(task.output), []);
});
