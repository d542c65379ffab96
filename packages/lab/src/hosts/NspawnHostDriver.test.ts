import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { down } from '../instance/down.ts';
import { Instance, network } from '../instance/Instance.ts';
import { createNamespace } from '../instance/namespace.ts';
import { Progress } from '../instance/Progress.ts';
import { Cgroup } from '../system/cgroups.ts';
import { CommandFailed } from '../system/run.ts';
import { waitFor } from '../system/wait.ts';
import { leftovers } from '../testing/leftovers.ts';
import { ssh, SshKey, sshWhenUp } from '../testing/ssh.ts';
import { NspawnHostDriver, type NspawnOptions } from './NspawnHostDriver.ts';
import {
  GuestAgentNotRunning,
  type GuestInterface,
  type HostSpec,
} from './types.ts';

const instance = new Instance(`test-hosts-${process.pid}`);
const ADDRESS = '10.40.19.201';
const VMID = 20000;

let options: NspawnOptions;
let driver: NspawnHostDriver;
let key: SshKey;
let spec: HostSpec;

const remote = (command: string) => sshWhenUp(instance, ADDRESS, key, command);

const isUp = async () => {
  const up = await waitFor(
    async () => {
      try {
        await driver.agent(VMID).ping();
        return true;
      } catch (error) {
        if (error instanceof GuestAgentNotRunning) return false;
        throw error;
      }
    },
    { timeoutMs: 30_000 },
  );
  assert.ok(up, 'the guest agent answers within 30 s');
};

before(async () => {
  await createNamespace(instance);
  const cgroup = await Cgroup.beside(instance.cgroup);
  await cgroup.create();
  options = {
    directory: instance.file('vms'),
    images: instance.images,
    networkNamespace: instance.namespacePath,
    bridge: network.bridge,
    cgroups: [...cgroup.directories],
  };
  driver = new NspawnHostDriver(options);
  key = await SshKey.generate();
  spec = {
    vmid: VMID,
    name: 'demo-cp-1',
    node: 'pve1',
    rootfs: 'plain',
    cores: 2,
    memoryMiB: 1024,
    diskGiB: 10,
    macAddress: '02:4b:53:00:00:01',
    smbiosUuid: '0f7d2a51-9f1c-4a37-8b3e-2f6f6f3c9a10',
    cloudInit: {
      user: 'kubesmith',
      sshKeys: [key.publicKey],
      address: `${ADDRESS}/24`,
      gateway: network.gateway,
      nameservers: [network.gateway],
      hostname: 'demo-cp-1',
    },
  };
});

after(async () => {
  await down(instance, Progress.silent);
  await key.remove();
});

describe('a host, like a virtual machine,', { concurrency: false }, () => {
  it('is cloned in under a second and is off then', async () => {
    const began = performance.now();
    await driver.create(spec);
    assert.ok(performance.now() - began < 1000);
    assert.equal(await driver.isRunning(VMID), false);
    assert.deepEqual(await driver.list(), [VMID]);
    await assert.rejects(driver.agent(VMID).ping(), GuestAgentNotRunning);
  });

  it('boots and lets its user in by key, with sudo', async () => {
    await driver.start(spec);
    assert.equal(await driver.isRunning(VMID), true);
    assert.equal(
      await remote('whoami; sudo -n whoami; hostname'),
      'kubesmith\nroot\ndemo-cp-1',
    );
  });

  it('lets nobody in by another key or a password', async () => {
    const stranger = await SshKey.generate();
    try {
      await assert.rejects(
        ssh(instance, ADDRESS, stranger, 'true'),
        (error: unknown) => {
          assert.ok(error instanceof CommandFailed);
          assert.match(error.message, /Permission denied \(publickey\)/);
          return true;
        },
      );
    } finally {
      await stranger.remove();
    }
  });

  it('answers as its guest agent would', async () => {
    await isUp();
    const agent = driver.agent(VMID);
    assert.equal(await agent.hostname(), 'demo-cp-1');
    assert.equal((await agent.osInfo()).id, 'debian');
    const card = await waitFor(
      async () =>
        (
          await agent.interfaces()
        ).find(({ addresses }) =>
          addresses.some(({ address }) => address === ADDRESS),
        ),
      { timeoutMs: 10_000 },
    );
    assert.equal((card as GuestInterface).hardwareAddress, spec.macAddress);
    const hostKey = (
      await agent.readFile('/etc/ssh/ssh_host_ed25519_key.pub')
    ).toString();
    assert.equal(
      hostKey.trim(),
      await remote('cat /etc/ssh/ssh_host_ed25519_key.pub'),
    );
    await assert.rejects(agent.readFile('/no/such/file'), /No such file/);
    await assert.rejects(agent.readFile('--help'), /No such file/);
  });

  it('has the SMBIOS UUID and a machine id of its own', async () => {
    assert.equal(
      await remote('sudo cat /sys/class/dmi/id/product_uuid'),
      spec.smbiosUuid,
    );
    assert.equal(
      await remote('cat /etc/machine-id'),
      spec.smbiosUuid.replaceAll('-', ''),
    );
  });

  it('shows kubelet the kernel settings that it insists on and leaves those of the machine alone', async () => {
    const ours = await readFile('/proc/sys/kernel/panic', 'utf8');
    assert.equal(
      await remote('cat /proc/sys/vm/overcommit_memory /proc/sys/kernel/panic'),
      '1\n10',
    );
    assert.equal(await readFile('/proc/sys/kernel/panic', 'utf8'), ours);
    await remote('sudo modprobe -a overlay br_netfilter');
  });

  it('comes to a healthy state', async () => {
    assert.equal(
      await remote(
        'systemctl is-system-running --wait || systemctl --failed --no-legend',
      ),
      'running',
    );
  });

  it('reboots from inside and is the same afterwards', async () => {
    const hostKey = await remote(
      'echo kept | sudo tee /root/kept; cat /etc/ssh/ssh_host_ed25519_key.pub',
    );
    const began = await remote('stat -c %Y /run/systemd/units');
    const podGroup = '/sys/fs/cgroup/memory/kubepods.slice/old-pod';
    await remote(`sudo mkdir -p ${podGroup}`);
    await ssh(instance, ADDRESS, key, 'sudo systemctl reboot').catch(
      (error: unknown) => {
        // sshd may be gone before it can say goodbye.
        assert.ok(error instanceof CommandFailed);
      },
    );
    const rebooted = await waitFor(
      async () => (await remote('stat -c %Y /run/systemd/units')) !== began,
      { timeoutMs: 30_000 },
    );
    assert.ok(rebooted, 'a new boot within 30 s');
    assert.equal(
      await remote(`test -e ${podGroup} && echo there || echo gone`),
      'gone',
      'groups of old pods go with the boot',
    );
    assert.equal(
      await remote(
        'sudo cat /root/kept; cat /etc/ssh/ssh_host_ed25519_key.pub',
      ),
      hostKey,
    );
    assert.equal(await driver.isRunning(VMID), true);
  });

  it('belongs to no process: another driver finds it running', async () => {
    const other = new NspawnHostDriver(options);
    assert.equal(await other.isRunning(VMID), true);
    assert.equal(await other.agent(VMID).hostname(), 'demo-cp-1');
  });

  it('shuts down gracefully when asked', async () => {
    await remote(
      `printf '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStop=/bin/touch /root/stopped-gracefully\\n' | sudo tee /etc/systemd/system/witness.service && sudo systemctl start witness`,
    );
    await driver.shutdown(VMID, 30);
    assert.equal(await driver.isRunning(VMID), false);
    await assert.rejects(driver.agent(VMID).ping(), GuestAgentNotRunning);
  });

  it('gets new sizes and new cloud-init data at its next start', async () => {
    spec = {
      ...spec,
      memoryMiB: 1536,
      cores: 1,
      cloudInit: { ...spec.cloudInit, hostname: 'renamed' },
    };
    await driver.start(spec);
    assert.equal(
      await remote('hostname; sudo ls /root/stopped-gracefully'),
      'renamed\n/root/stopped-gracefully',
    );
    const limits = await Promise.all(
      options.cgroups.map(directory =>
        readFile(`${directory}/vm-${VMID}/memory.limit_in_bytes`, 'utf8').catch(
          () => '',
        ),
      ),
    );
    assert.deepEqual(limits.filter(Boolean), [`${1536 * 1024 * 1024}\n`]);
  });

  it('loses its power at once when the plug is pulled, also with the supervisor killed before', async () => {
    const cgroup = new Cgroup(options.cgroups).child(`vm-${VMID}`);
    const commands = await Promise.all(
      (
        await cgroup.processes()
      ).map(async pid => ({
        pid,
        command: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
      })),
    );
    const supervisor = commands.find(({ command }) =>
      command.includes('supervisor.sh'),
    );
    process.kill(supervisor!.pid, 'SIGKILL');
    assert.equal(await driver.isRunning(VMID), true);
    await driver.stop(VMID);
    assert.equal(await driver.isRunning(VMID), false);
  });

  it('goes back to what was on its disks when a snapshot was taken of it while it ran', async () => {
    await driver.start(spec);
    await remote('echo then | sudo tee /root/word; sudo rm -f /etc/motd; sync');
    await driver.snapshot(VMID, 'before');
    assert.equal(await remote('sudo cat /root/word'), 'then');
    await remote(
      'echo now | sudo tee /root/word; sudo touch /root/later /etc/motd; sync',
    );
    await assert.rejects(driver.rollback(VMID, 'before'), /runs/);
    await driver.stop(VMID);
    await driver.rollback(VMID, 'before');
    await driver.start(spec);
    assert.equal(
      await remote(
        'sudo cat /root/word; sudo ls /root/later /etc/motd 2>&1 | wc -l',
      ),
      'then\n2',
    );
    // It stays, until it is removed.
    await driver.stop(VMID);
    await driver.rollback(VMID, 'before');
    await driver.removeSnapshot(VMID, 'before');
    await assert.rejects(driver.rollback(VMID, 'before'), /no snapshot/);
  });

  it('leaves nothing when it is removed', async () => {
    await driver.start(spec);
    await remote('true');
    await driver.remove(VMID);
    assert.deepEqual(await driver.list(), []);
    const traces = (await leftovers(instance)).filter(trace =>
      trace.includes(String(VMID)),
    );
    assert.deepEqual(traces, []);
    await driver.remove(VMID);
  });

  it('does not start if it was never created', async () => {
    await assert.rejects(driver.start({ ...spec, vmid: 20001 }), {
      code: 'ENOENT',
    });
  });
});

it('two hosts of one network reach each other', async () => {
  const second: HostSpec = {
    ...spec,
    vmid: 20002,
    macAddress: '02:4b:53:00:00:02',
    cloudInit: {
      ...spec.cloudInit,
      address: '10.40.19.202/24',
      hostname: 'second',
    },
  };
  await Promise.all([spec, second].map(each => driver.create(each)));
  await Promise.all([spec, second].map(each => driver.start(each)));
  await sshWhenUp(instance, '10.40.19.202', key, 'true');
  assert.match(await remote('ping -c 1 -W 5 10.40.19.202'), / 0% packet loss/);
  assert.match(
    await remote('ping -c 1 -W 1 198.51.100.1 || echo no way out'),
    /no way out/,
  );
});
