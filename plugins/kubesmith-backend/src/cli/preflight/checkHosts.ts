import { counted } from './Checklist';
import { type EnvironmentScope, gib } from './scope';

const MIB = 1024 ** 2;

/** Looks at the pool and the hosts of an environment. */
export async function checkPool({
  environment,
  key,
  list,
  proxmox,
}: EnvironmentScope): Promise<void> {
  const { pool } = environment.proxmox;
  const pools = (await proxmox.read('/pools')) as { poolid?: unknown }[];
  if (pools.some(({ poolid }) => poolid === pool)) {
    list.ok(`The resource pool ${pool} exists`);
    return;
  }
  list.problem(
    `The resource pool ${pool} does not exist, or the token may not see it`,
    `pveum pool add ${pool}, with the privileges above; or correct ${key}.proxmox.pool`,
  );
}

/** @returns the names of the hosts that are online */
export function checkHosts({
  environment,
  hosts,
  key,
  list,
}: EnvironmentScope): string[] {
  const smallest = Math.min(
    ...environment.sizes.map(({ memoryMiB }) => memoryMiB),
  );
  const online: string[] = [];
  for (const name of environment.proxmox.hosts) {
    const host = hosts.find(({ node }) => node === name);
    if (!host) {
      list.problem(
        `There is no host ${name}; there are ${hosts
          .map(({ node }) => node)
          .join(', ')}`,
        `${key}.proxmox.hosts: use the names that Proxmox shows`,
      );
      continue;
    }
    if (!host.online) {
      list.problem(
        `The host ${name} is offline`,
        `start it, or take it out of ${key}.proxmox.hosts`,
      );
      continue;
    }
    online.push(name);
    if (host.memoryTotal === 0)
      list.warning(
        `Proxmox does not show the memory of the host ${name}`,
        'grant Sys.Audit on /nodes, as said above',
      );
    else if (host.memoryFree < smallest * MIB)
      list.warning(
        `The host ${name} has ${gib(
          host.memoryFree,
        )} of memory free, less than the smallest node takes (${gib(
          smallest * MIB,
        )})`,
        `free memory there, or take the host out of ${key}.proxmox.hosts`,
      );
    else
      list.ok(
        `The host ${name} is online: ${gib(host.memoryFree)} of ${gib(
          host.memoryTotal,
        )} of memory free, ${counted(host.cpus, 'processor')}`,
      );
  }
  return online;
}
