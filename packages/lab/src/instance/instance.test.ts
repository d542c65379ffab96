import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NspawnHostDriver } from '../hosts/NspawnHostDriver.ts';
import { identify, isAlive } from '../system/processes.ts';
import { waitFor } from '../system/wait.ts';
import { leftovers } from '../testing/leftovers.ts';
import { Busy } from './Claim.ts';
import { down } from './down.ts';
import { cacheFolder, Instance, network } from './Instance.ts';
import { inNamespace } from './namespace.ts';
import { Progress } from './Progress.ts';
import { RequirementMissing } from './requirements.ts';
import { status } from './status.ts';
import { up } from './up.ts';

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));

/** A cache of its own with the real one's images, so that nothing of a developer's lab is touched. */
let cache: string;
let instance: Instance;

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

function start(command: string[], input = '') {
  const [program, ...args] = command;
  const child = spawn(program!, args, {
    env: { ...process.env, KUBESMITH_CACHE: cache },
    timeout: 90_000,
  });
  child.stdin.end(input);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', chunk => (output.stdout += chunk));
  child.stderr.on('data', chunk => (output.stderr += chunk));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  return { child, output, ended };
}

const lab = (args: string[], input?: string) =>
  start(
    [
      process.execPath,
      CLI,
      args[0]!,
      '--instance',
      instance.name,
      ...args.slice(1),
    ],
    input,
  );

const nothingIsLeft = async () =>
  assert.deepEqual(await leftovers(instance), []);

const pids = async () => (await status(instance)).services;

/** Status code of an address, or 0 if nothing answers. */
const httpStatus = async (url: string) =>
  (await fetch(url).catch(() => undefined))?.status ?? 0;

before(async () => {
  cache = await mkdtemp(join(tmpdir(), 'kubesmith-lab-'));
  await mkdir(join(cache, 'images'));
  await symlink(
    join(cacheFolder(), 'images', 'rootfs'),
    join(cache, 'images', 'rootfs'),
  );
  instance = new Instance(`test-${process.pid}`, cache);
});

afterEach(async () => {
  await down(instance, Progress.silent);
  await nothingIsLeft();
});

after(async () => {
  await rm(cache, { recursive: true });
});

describe('lab up', { concurrency: false }, () => {
  it('brings up network, API, identity provider and the ways to them, and writes down how to reach them', async () => {
    const record = await up(instance, Progress.silent);
    assert.equal((await status(instance)).state, 'up');
    assert.deepEqual(
      JSON.parse(await readFile(instance.record, 'utf8')),
      record,
    );
    assert.equal(
      await httpStatus(
        `${record.identity.issuer}/.well-known/openid-configuration`,
      ),
      200,
    );
    const token = await readFile(record.proxmox.tokenSecretFile, 'utf8');
    const api = await start(
      inNamespace(instance, [
        ...[
          'curl',
          '--silent',
          '--show-error',
          '--max-time',
          '5',
          '--tlsv1.3',
          '--cacert',
          record.proxmox.caFile,
        ],
        ...[
          '-H',
          `Authorization: PVEAPIToken=${record.proxmox.tokenId}=${token}`,
        ],
        `${record.proxmox.endpoint}api2/json/nodes`,
      ]),
    ).ended;
    assert.equal(api.code, 0, api.stderr);
    const nodes = (JSON.parse(api.stdout) as { data: { node: string }[] }).data;
    assert.deepEqual(nodes.map(({ node }) => node).sort(), [
      'pve1',
      'pve2',
      'pve3',
    ]);
    const environment = await readFile(instance.file('portal.env'), 'utf8');
    assert.match(
      environment,
      new RegExp(
        `^KUBESMITH_PORTAL_URL=http://localhost:${record.ports.portal}$`,
        'm',
      ),
    );
    assert.match(
      environment,
      new RegExp(`^KUBESMITH_PROXMOX_TOKEN_SECRET=${token}$`, 'm'),
    );
  });

  it('publishes a server inside on the same port outside', async () => {
    const { ports } = await up(instance, Progress.silent);
    const url = `http://127.0.0.1:${ports.portal}/`;
    assert.equal(await httpStatus(url), 0);
    const portal = start(
      inNamespace(instance, [
        process.execPath,
        '-e',
        `require('http').createServer((_, response) => response.end('portal')).listen(${ports.portal}, '127.0.0.1')`,
      ]),
    );
    assert.ok(
      await waitFor(async () => (await httpStatus(url)) === 200, {
        timeoutMs: 5_000,
      }),
    );
    assert.equal(await (await fetch(url)).text(), 'portal');
    portal.child.kill();
    await portal.ended;
  });

  it('leaves alone what runs when it is called again', async () => {
    const first = await up(instance, Progress.silent);
    const before = await pids();
    assert.deepEqual(await up(instance, Progress.silent), first);
    assert.deepEqual(await pids(), before);
  });

  it('replaces what has been killed; hosts run on meanwhile', async () => {
    const record = await up(instance, Progress.silent);
    const driver = new NspawnHostDriver({
      directory: instance.file('vms'),
      images: instance.images,
      networkNamespace: instance.namespacePath,
      bridge: network.bridge,
      cgroups: record.cgroups,
    });
    const spec = {
      ...{
        vmid: 20000,
        name: 'a',
        node: 'pve1',
        rootfs: 'plain' as const,
        cores: 1,
        memoryMiB: 512,
        diskGiB: 10,
      },
      ...{
        macAddress: '02:4b:53:00:00:01',
        smbiosUuid: '0f7d2a51-9f1c-4a37-8b3e-2f6f6f3c9a10',
      },
      cloudInit: { sshKeys: [], nameservers: [], hostname: 'a' },
    };
    await driver.create(spec);
    await driver.start(spec);
    const before = await pids();
    for (const name of [
      'proxmox',
      'identity',
      'forwarder-inside',
      'forwarder-outside',
    ]) {
      process.kill(before[name]!, 'SIGKILL');
    }
    const allGone = async () =>
      Object.values(await pids()).every(pid => pid === null);
    assert.ok(await waitFor(allGone, { timeoutMs: 5_000 }));
    assert.equal((await status(instance)).state, 'degraded');
    assert.deepEqual((await up(instance, Progress.silent)).ports, record.ports);
    const found = await status(instance);
    assert.equal(found.state, 'up');
    assert.deepEqual(
      found.hosts.map(({ vmid, running }) => ({ vmid, running })),
      [{ vmid: 20000, running: true }],
    );
    assert.equal(
      await httpStatus(
        `${record.identity.issuer}/.well-known/openid-configuration`,
      ),
      200,
    );
  });

  it('refuses a name that another cache uses', async () => {
    await up(instance, Progress.silent);
    const other = new Instance(instance.name, join(cache, 'other'));
    await mkdir(join(cache, 'other', 'images'), { recursive: true });
    await symlink(instance.images, other.images);
    await assert.rejects(up(other, Progress.silent), Busy);
    await assert.rejects(down(other, Progress.silent), Busy);
    assert.equal((await status(instance)).state, 'up');
  });

  it('refuses while another "up" is at work, and without root, tools or images', async t => {
    const results = await Promise.allSettled([
      up(instance, Progress.silent),
      up(instance, Progress.silent),
    ]);
    const refused = results.filter(result => result.status === 'rejected');
    assert.equal(refused.length, 1);
    assert.ok(refused[0]!.reason instanceof Busy);
    await assert.rejects(
      up(new Instance('x', join(cache, 'empty')), Progress.silent),
      RequirementMissing,
    );
    const path = process.env.PATH;
    try {
      process.env.PATH = '/nowhere';
      await assert.rejects(
        up(instance, Progress.silent),
        /apt-get install .*systemd-container/,
      );
    } finally {
      process.env.PATH = path;
    }
    t.mock.method(process as { getuid: () => number }, 'getuid', () => 1000);
    await assert.rejects(up(instance, Progress.silent), /as root/);
    t.mock.restoreAll();
  });
});

describe('two instances', { concurrency: false }, () => {
  it('live side by side on the same addresses and do not see each other', async () => {
    const second = new Instance(`${instance.name}-b`, cache);
    try {
      const [one, two] = await Promise.all([
        up(instance, Progress.silent),
        up(second, Progress.silent),
      ]);
      const all = [one, two].flatMap(({ ports }) => [
        ports.portal,
        ports.identity,
      ]);
      assert.equal(new Set(all).size, 4);
      assert.equal(one.proxmox.endpoint, two.proxmox.endpoint);
      for (const { identity } of [one, two]) {
        const answer = await fetch(
          `${identity.issuer}/.well-known/openid-configuration`,
        );
        assert.equal(
          ((await answer.json()) as { issuer: string }).issuer,
          identity.issuer,
        );
      }
      const across = start(
        inNamespace(second, [
          'curl',
          '--silent',
          '--max-time',
          '2',
          `${one.identity.issuer}/`,
        ]),
      );
      assert.equal((await across.ended).code, 7, 'nothing listens there');
      await down(second, Progress.silent);
      assert.deepEqual(await leftovers(second), []);
      assert.equal((await status(instance)).state, 'up');
    } finally {
      await down(second, Progress.silent);
    }
  });
});

describe('lab down', { concurrency: false }, () => {
  it('leaves nothing, neither of the lab nor of guests in its network', async () => {
    await up(instance, Progress.silent);
    const guest = lab(['exec', '--', 'sleep', '300']);
    const stubborn = lab([
      'exec',
      '--',
      'sh',
      '-c',
      'trap "" TERM; while :; do sleep 1; done',
    ]);
    await sleep(500);
    await down(instance, Progress.silent);
    assert.equal((await guest.ended).signal, 'SIGTERM');
    assert.equal((await stubborn.ended).signal, 'SIGKILL');
    await nothingIsLeft();
    assert.equal((await status(instance)).state, 'down');
  });

  it('does nothing where there is nothing', async () => {
    await down(instance, Progress.silent);
    await nothingIsLeft();
  });

  it('leaves nothing after "up" was killed at any step', async () => {
    const steps = ['secrets', 'network', 'ports', 'identity', 'Proxmox'];
    for (const step of steps) {
      const { child, output, ended } = lab(['up']);
      assert.ok(
        await waitFor(() => output.stderr.includes(step), {
          timeoutMs: 20_000,
          intervalMs: 2,
        }),
      );
      child.kill('SIGKILL');
      assert.equal((await ended).signal, 'SIGKILL');
      const { code, stderr } = await lab(['down']).ended;
      assert.equal(code, 0, stderr);
      await nothingIsLeft();
    }
  });

  it('ends an "up" that is at work', async () => {
    const { output, ended } = lab(['up']);
    assert.ok(
      await waitFor(() => output.stderr.includes('ports'), {
        timeoutMs: 20_000,
        intervalMs: 2,
      }),
    );
    await down(instance, Progress.silent);
    assert.equal((await ended).signal, 'SIGKILL');
    await nothingIsLeft();
  });

  it('completes a "down" that was killed', async () => {
    await up(instance, Progress.silent);
    const { child, output, ended } = lab(['down']);
    assert.ok(
      await waitFor(() => output.stderr.includes('plug'), {
        timeoutMs: 20_000,
        intervalMs: 1,
      }),
    );
    child.kill('SIGKILL');
    await ended;
    await down(instance, Progress.silent);
    await nothingIsLeft();
  });

  it('does not touch what is not its own', async () => {
    await up(instance, Progress.silent);
    const stranger = start(['sleep', '300']);
    const identity = (await identify(stranger.child.pid!))!;
    await down(instance, Progress.silent);
    assert.equal(await isAlive(identity), true);
    stranger.child.kill();
    await stranger.ended;
  });
});

describe('the command line', { concurrency: false }, () => {
  it('passes streams and exit codes through "exec"', async () => {
    await up(instance, Progress.silent);
    const result = await lab(
      [
        'exec',
        '--',
        'sh',
        '-c',
        'cat; ip -4 -brief address show ksbr0; echo said >&2; exit 7',
      ],
      'hello\n',
    ).ended;
    assert.equal(result.code, 7);
    assert.match(
      result.stdout,
      /^hello\nksbr0 .*10\.40\.19\.254\/24 10\.40\.19\.10\/24/,
    );
    assert.equal(result.stderr, 'said\n');
  });

  it('tells the state to people and to programs', async () => {
    assert.deepEqual(await lab(['status']).ended, {
      code: 3,
      signal: null,
      stdout: `Lab "${instance.name}" is down.\n`,
      stderr: '',
    });
    const record = await up(instance, Progress.silent);
    const text = await lab(['status']).ended;
    assert.equal(text.code, 0);
    assert.match(
      text.stdout,
      new RegExp(`Portal +http://localhost:${record.ports.portal} `),
    );
    const json = JSON.parse((await lab(['status', '--json']).ended).stdout);
    assert.equal(json.state, 'up');
    assert.deepEqual(json.record, record);
  });

  it('begins anew with "reset"', async () => {
    await up(instance, Progress.silent);
    const before = await pids();
    const result = await lab(['reset']).ended;
    assert.equal(result.code, 0, result.stderr);
    const now = await status(instance);
    assert.equal(now.state, 'up');
    assert.notEqual(now.services.proxmox, before.proxmox);
  });

  it('refuses what it does not understand', async () => {
    for (const args of [
      ['frobnicate'],
      ['up', '--faster'],
      ['exec'],
      ['up', '--', 'true'],
    ]) {
      const { code, stderr } = await lab(args).ended;
      assert.equal(code, 2, args.join(' '));
      assert.ok(stderr.length > 0);
    }
    const badName = await start([
      process.execPath,
      CLI,
      'up',
      '--instance',
      '../x',
    ]).ended;
    assert.equal(badName.code, 1);
    assert.match(badName.stderr, /cannot name a lab instance/);
    assert.equal(existsSync(instance.folder), false);
    const notUp = await lab(['exec', '--', 'true']).ended;
    assert.match(notUp.stderr, /is not up/);
  });
});
