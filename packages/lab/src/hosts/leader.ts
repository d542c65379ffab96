import {
  identify,
  isAlive,
  readProc,
  type ProcessIdentity,
} from '../system/processes.ts';
import type { Cgroup } from '../system/cgroups.ts';

/** Numbers of a process in its pid namespace and in those around it, outermost first. */
async function pidsByNamespace(pid: number | 'self'): Promise<string[]> {
  const status = await readProc(pid as number, 'status');
  return /^NSpid:\s+(.*)$/m.exec(status ?? '')?.[1]?.split(/\s+/) ?? [];
}

/**
 * The first process of the container that runs in a cgroup: the one with number 1 in a pid namespace just below ours.
 * (Pods in it have namespaces further down.)
 */
export async function findLeader(
  cgroup: Cgroup,
): Promise<ProcessIdentity | undefined> {
  const depth = (await pidsByNamespace('self')).length + 1;
  for (const pid of await cgroup.processes()) {
    const pids = await pidsByNamespace(pid);
    if (pids.length === depth && pids.at(-1) === '1')
      return await identify(pid);
  }
  return undefined;
}

/** Finds leaders and remembers them as long as they live. */
export class Leaders {
  readonly #known = new Map<number, ProcessIdentity>();

  async get(
    vmid: number,
    cgroup: Cgroup,
  ): Promise<ProcessIdentity | undefined> {
    const known = this.#known.get(vmid);
    if (known && (await isAlive(known))) return known;
    const leader = await findLeader(cgroup);
    if (leader) this.#known.set(vmid, leader);
    else this.#known.delete(vmid);
    return leader;
  }
}
