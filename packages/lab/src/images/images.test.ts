// Checks what has been built into the cache (`make setup`): the real images, not the code that makes them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { cloneContainerdState } from './containerdState.ts';
import { imagesFolder } from './paths.ts';
import { furtherImages } from './recipes/containers.ts';
import { archiveName } from './recipes/dockerArchive.ts';
import { versions } from './versions.ts';

const images = imagesFolder();
const binaries = join(images, 'bin', `kubernetes-${versions.kubernetes}`);
const archives = join(images, 'containers', `k8s-${versions.kubernetes}`);

async function run(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, {
    maxBuffer: 1 << 24,
  });
  return stdout.trim();
}

let wanted: string[];

before(async () => {
  assert.ok(
    existsSync(join(images, 'versions.json')),
    `no images in ${images}: run "make setup"`,
  );
  const list = await run(
    join(binaries, 'kubeadm'),
    'config',
    'images',
    'list',
    '--kubernetes-version',
    `v${versions.kubernetes}`,
  );
  wanted = [
    ...list.split('\n'),
    ...Object.values(furtherImages(versions['kube-router'])),
  ].sort();
});

test('versions.json says what the images hold', async () => {
  const said = JSON.parse(
    await readFile(join(images, 'versions.json'), 'utf8'),
  );
  assert.equal(said.kubernetes, versions.kubernetes);
  assert.match(
    await run(join(binaries, 'kubeadm'), 'version', '-o', 'short'),
    new RegExp(`^v${versions.kubernetes}$`),
  );
  assert.match(
    await run(join(binaries, 'kubelet'), '--version'),
    new RegExp(`v${versions.kubernetes}$`),
  );
  assert.match(
    await run(
      join(images, 'bin', `etcd-${versions.etcd}`, 'etcd'),
      '--version',
    ),
    new RegExp(`${versions.etcd}\n`),
  );
});

test('the playbook expects the versions that are baked in', async () => {
  const { kubesmith_versions: playbook } = parse(
    await readFile(
      join(import.meta.dirname, '../../../../ansible/versions.yml'),
      'utf8',
    ),
  );
  const minor = versions.kubernetes.split('.').slice(0, 2).join('.');
  assert.ok(wanted.includes(playbook.kubernetes[minor].pause_image));
  assert.equal(
    playbook.cni['kube-router'].image,
    furtherImages(versions['kube-router']).kubeRouter,
  );
});

test('there is one archive for each image that kubeadm names, for kube-router and for the demo', async () => {
  assert.deepEqual(
    (await readdir(archives)).sort(),
    wanted.map(archiveName).sort(),
  );
  for (const name of wanted) {
    const manifest = await run(
      'tar',
      '--extract',
      '--to-stdout',
      '--file',
      join(archives, archiveName(name)),
      'manifest.json',
    );
    assert.deepEqual(JSON.parse(manifest)[0].RepoTags, [name]);
  }
});

test('the versions of etcd and CoreDNS are those that kubeadm names', () => {
  assert.ok(wanted.some(name => name.includes(`/etcd:${versions.etcd}-`)));
  assert.ok(
    wanted.some(name => name.endsWith(`/coredns:v${versions.coredns}`)),
  );
});

test('pause answers -v, as the health check of kubeadm upgrade asks it', async () => {
  assert.match(
    await run(join(images, 'bin', `tools-${versions.tools}`, 'pause'), '-v'),
    /^pause/,
  );
});

test('the golden root file system has Kubernetes as held packages and kubelet enabled', async () => {
  const root = await realpath(join(images, 'rootfs/golden'));
  const status = await run(
    'dpkg-query',
    `--root=${root}`,
    '--show',
    '--showformat=${Package} ${Version} ${db:Status-Want}\n',
    'kubeadm',
    'kubelet',
    'kubectl',
  );
  assert.deepEqual(
    status.split('\n').sort(),
    ['kubeadm', 'kubectl', 'kubelet'].map(
      name => `${name} ${versions.kubernetes}-1.1 hold`,
    ),
  );
  assert.equal(
    await run(
      'dpkg',
      `--root=${root}`,
      '--verify',
      'kubeadm',
      'kubelet',
      'kubectl',
      'kubernetes-cni',
    ),
    '',
  );
  assert.equal(
    await run('systemctl', `--root=${root}`, 'is-enabled', 'kubelet'),
    'enabled',
  );
  assert.match(
    await readFile(join(root, 'etc/containerd/config.toml'), 'utf8'),
    /SystemdCgroup = true/,
  );
  const [kubelet, kubeadm] = await Promise.all(
    ['kubelet', 'kubeadm'].map(name => stat(join(root, 'usr/bin', name))),
  );
  assert.equal(kubelet!.ino, kubeadm!.ino, 'one program on disk and in memory');
});

test('no root file system has the identity of a host', async () => {
  for (const name of ['golden', 'plain']) {
    const root = await realpath(join(images, 'rootfs', name));
    assert.equal(await readFile(join(root, 'etc/machine-id'), 'utf8'), '');
    const keys = (await readdir(join(root, 'etc/ssh'))).filter(file =>
      file.startsWith('ssh_host_'),
    );
    assert.deepEqual(keys, []);
  }
});

test('the plain root file system has no Kubernetes but all that the playbook needs', async () => {
  const root = await realpath(join(images, 'rootfs/plain'));
  for (const path of [
    'usr/bin/kubelet',
    'usr/bin/kubeadm',
    'etc/kubernetes',
    'opt/cni',
  ]) {
    assert.equal(existsSync(join(root, path)), false, path);
  }
  for (const path of [
    'usr/bin/containerd',
    'usr/sbin/sshd',
    'usr/bin/sudo',
    'usr/bin/python3',
    'usr/sbin/conntrack',
  ]) {
    assert.ok(existsSync(join(root, path)), path);
  }
});

test('a cloned containerd state has every image, unpacked, with nothing to import', async t => {
  const root = await realpath(join(images, 'rootfs/golden'));
  // beside the image: hard links need the same file system
  const state = await mkdtemp(join(images, '.test-containerd-'));
  t.after(() => rm(state, { recursive: true }));
  const begin = performance.now();
  await cloneContainerdState(root, state);
  const milliseconds = performance.now() - begin;
  t.diagnostic(`cloned in ${milliseconds.toFixed(0)} ms`);
  assert.ok(milliseconds < 5_000);

  const script = `set -e
    mount --bind "$2" "$1/var/lib/containerd"; mount -t proc proc "$1/proc"; mount -t tmpfs tmpfs "$1/run"; mount --rbind /dev "$1/dev"
    exec chroot "$1" sh -c 'containerd > /run/log 2>&1 & i=0; until ctr version > /dev/null 2>&1; do i=$((i + 1)); [ $i -lt 100 ] || exit 1; sleep 0.1; done
      ctr --namespace k8s.io images check'`;
  const checked = await run(
    'unshare',
    '--mount',
    '--net',
    '--pid',
    '--fork',
    '--kill-child',
    'sh',
    '-c',
    script,
    'sh',
    root,
    state,
  );
  const rows = checked
    .split('\n')
    .slice(1)
    .map(line => line.split(/\s+/))
    .filter(([name]) => !name!.startsWith('sha256:'));
  assert.deepEqual(rows.map(([name]) => name).sort(), wanted);
  for (const row of rows) {
    assert.ok(row.includes('complete'), `${row[0]} is complete`);
    assert.equal(row.at(-1), 'true', `${row[0]} is unpacked`);
  }
});

test('the apt repository is signed by its key and lists its packages with their sums', async t => {
  const repository = join(images, 'apt');
  const folder = await mkdtemp(join(tmpdir(), 'apt-'));
  t.after(() => rm(folder, { recursive: true }));
  const keyring = join(folder, 'key.gpg');
  await run(
    'gpg',
    '--batch',
    '--quiet',
    '--dearmor',
    '--output',
    keyring,
    join(repository, 'Release.key'),
  );
  await run(
    'gpgv',
    '--quiet',
    '--keyring',
    keyring,
    '--output',
    join(folder, 'Release'),
    join(repository, 'InRelease'),
  );
  await run(
    'gpgv',
    '--quiet',
    '--keyring',
    keyring,
    join(repository, 'Release.gpg'),
    join(repository, 'Release'),
  );

  const sum = async (file: string) =>
    createHash('sha256')
      .update(await readFile(join(repository, file)))
      .digest('hex');
  const signed = await readFile(join(folder, 'Release'), 'utf8');
  assert.match(
    signed,
    new RegExp(`^ ${await sum('Packages')} \\d+ Packages$`, 'm'),
  );

  const stanzas = (await readFile(join(repository, 'Packages'), 'utf8'))
    .trim()
    .split('\n\n');
  const field = (stanza: string, name: string) =>
    new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1];
  assert.deepEqual(stanzas.map(stanza => field(stanza, 'Package')).sort(), [
    'kubeadm',
    'kubectl',
    'kubelet',
    'kubernetes-cni',
  ]);
  for (const stanza of stanzas)
    assert.equal(
      field(stanza, 'SHA256'),
      await sum(field(stanza, 'Filename')!),
    );
});
