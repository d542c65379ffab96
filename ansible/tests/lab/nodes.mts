/**
 * Hosts of the lab without its API double, for the playbook's own tests: one lab instance's network with machines in it.
 *
 *   node nodes.mts up INSTANCE FILE       FILE: JSON array of {name, address, rootfs, key}; prints {name: ssh host key}
 *   node nodes.mts remove INSTANCE VMID   one machine, plug pulled
 *   node nodes.mts leader INSTANCE VMID   prints the number of a machine's first process, or nothing while it is off
 *   node nodes.mts down INSTANCE          the same as `yarn lab down --instance INSTANCE`
 *
 * A machine's VMID is the last number of its address. KUBESMITH_TEST_IMAGES names another folder with images.
 */
import { readFile } from 'node:fs/promises';
import { findLeader } from '../../../packages/lab/src/hosts/leader.ts';
import { NspawnHostDriver } from '../../../packages/lab/src/hosts/NspawnHostDriver.ts';
import { down } from '../../../packages/lab/src/instance/down.ts';
import { Instance, network } from '../../../packages/lab/src/instance/Instance.ts';
import { createNamespace } from '../../../packages/lab/src/instance/namespace.ts';
import { Progress } from '../../../packages/lab/src/instance/Progress.ts';
import { Cgroup } from '../../../packages/lab/src/system/cgroups.ts';
import { waitFor } from '../../../packages/lab/src/system/wait.ts';

interface Machine {
  name: string;
  address: string;
  rootfs: 'golden' | 'plain' | 'older';
  key: string;
}

const [command, name, argument] = process.argv.slice(2);
const instance = new Instance(name!);
const cgroup = await Cgroup.beside(instance.cgroup);
const driver = new NspawnHostDriver({
  directory: instance.file('vms'),
  images: process.env.KUBESMITH_TEST_IMAGES ?? instance.images,
  networkNamespace: instance.namespacePath,
  bridge: network.bridge,
  cgroups: [...cgroup.directories],
});

async function start(machine: Machine): Promise<[string, string]> {
  const number = Number(machine.address.split('.').pop());
  const hex = number.toString(16).padStart(2, '0');
  const spec = {
    vmid: number,
    name: machine.name,
    node: 'pve1',
    rootfs: machine.rootfs,
    cores: 2,
    memoryMiB: 4096,
    diskGiB: 20,
    macAddress: `02:4b:53:00:00:${hex}`,
    smbiosUuid: `00000000-0000-4000-8000-0000000000${hex}`,
    cloudInit: {
      user: 'kubesmith',
      sshKeys: [machine.key],
      address: `${machine.address}/${network.prefix}`,
      gateway: network.gateway,
      nameservers: [network.gateway],
      hostname: machine.name,
    },
  };
  await driver.create(spec);
  await driver.start(spec);
  const key = async () =>
    await driver.agent(number).readFile('/etc/ssh/ssh_host_ed25519_key.pub').then(
      content => content.toString().trim(),
      () => undefined,
    );
  let found: string | undefined;
  await waitFor(async () => Boolean((found = await key())), { timeoutMs: 30_000 });
  if (!found) throw new Error(`${machine.name} has no SSH host key`);
  return [machine.name, found.split(' ').slice(0, 2).join(' ')];
}

switch (command) {
  case 'up': {
    await createNamespace(instance);
    await cgroup.create();
    const machines = JSON.parse(await readFile(argument!, 'utf8')) as Machine[];
    console.log(JSON.stringify(Object.fromEntries(await Promise.all(machines.map(start)))));
    break;
  }
  case 'remove':
    await driver.remove(Number(argument));
    break;
  case 'leader':
    console.log((await findLeader(cgroup.child(`vm-${argument}`)))?.pid ?? '');
    break;
  case 'down':
    await down(instance, Progress.silent);
    break;
  default:
    throw new Error('usage: nodes.mts up|remove|leader|down INSTANCE [FILE|VMID]');
}
