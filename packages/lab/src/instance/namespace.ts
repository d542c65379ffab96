import { existsSync } from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import { unless } from '../system/errors.ts';
import { allProcesses, readProc } from '../system/processes.ts';
import { run } from '../system/run.ts';
import { network, type Instance } from './Instance.ts';

/** Command line that runs another one in the instance's network namespace, and in nothing else of the instance. */
export function inNamespace(
  instance: Instance,
  command: readonly string[],
): string[] {
  // Not `ip netns exec`: that would mount another /sys.
  return ['nsenter', `--net=${instance.namespacePath}`, '--', ...command];
}

/** Makes the network namespace and the bridge that hosts, hypervisor and gateway are on. It has no uplink. */
export async function createNamespace(instance: Instance): Promise<void> {
  if (!existsSync(instance.namespacePath))
    await run(['ip', 'netns', 'add', instance.namespace]);
  const ip = async (...args: string[]) =>
    await run(['ip', '-netns', instance.namespace, ...args]);
  await ip('link', 'set', 'lo', 'up');
  const links = JSON.parse((await ip('-json', 'link', 'show')).toString()) as {
    ifname: string;
  }[];
  if (!links.some(link => link.ifname === network.bridge)) {
    await ip(
      'link',
      'add',
      network.bridge,
      'address',
      network.bridgeMac,
      'type',
      'bridge',
    );
  }
  for (const address of [network.gateway, network.hypervisor]) {
    await ip(
      'address',
      'replace',
      `${address}/${network.prefix}`,
      'dev',
      network.bridge,
    );
  }
  await ip('link', 'set', network.bridge, 'up');
}

/** Removes the network namespace. Processes in it keep it alive without a name. */
export async function deleteNamespace(instance: Instance): Promise<void> {
  if (existsSync(instance.namespacePath))
    await run(['ip', 'netns', 'delete', instance.namespace]);
}

/** Numbers of all processes whose network namespace is the instance's, whoever started them. */
export async function processesInNamespace(
  instance: Instance,
): Promise<number[]> {
  const namespace = await unless(['ENOENT'], stat(instance.namespacePath));
  if (!namespace) return [];
  const pids = await allProcesses();
  const inside = await Promise.all(
    pids.map(async pid => {
      const own = await unless(
        ['ENOENT', 'ESRCH', 'EACCES'],
        stat(`/proc/${pid}/ns/net`),
      );
      return own?.ino === namespace.ino && own.dev === namespace.dev;
    }),
  );
  return pids.filter((_, index) => inside[index]);
}

/** Whether a process itself listens on that IPv4 address and TCP port, in the network namespace that it is in. */
export async function listens(
  pid: number,
  address: { host: string; port: number },
): Promise<boolean> {
  const host = address.host
    .split('.')
    .map(byte => Number(byte).toString(16).padStart(2, '0'))
    .reverse()
    .join('');
  const local = `${host}:${address.port
    .toString(16)
    .padStart(4, '0')}`.toUpperCase();
  const listening = '0A';
  const table = (await readProc(pid, 'net/tcp')) ?? '';
  const inode = table
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .find(fields => fields[1] === local && fields[3] === listening)?.[9];
  if (!inode) return false;
  const descriptors =
    (await unless(['ENOENT', 'ESRCH'], readdir(`/proc/${pid}/fd`))) ?? [];
  const targets = await Promise.all(
    descriptors.map(descriptor =>
      unless(['ENOENT', 'ESRCH'], readlink(`/proc/${pid}/fd/${descriptor}`)),
    ),
  );
  return targets.includes(`socket:[${inode}]`);
}
