import { readFile } from 'node:fs/promises';
import type { Instance } from '@kubesmith/lab/src/instance/Instance.ts';
import { status } from '@kubesmith/lab/src/instance/status.ts';
import { readRecord } from '@kubesmith/lab/src/instance/record.ts';
import { Cgroup } from '@kubesmith/lab/src/system/cgroups.ts';
import { allProcesses, readProc } from '@kubesmith/lab/src/system/processes.ts';
import { run } from '@kubesmith/lab/src/system/run.ts';

/** What a cluster's machines leave on this machine; all empty once it is deleted. */
export interface Traces {
  machines: string[];
  processes: string[];
  mounts: string[];
  /** Ports of the lab's bridge. */
  links: string[];
}

/** Looks for all that belongs to these machines, and for tools that work for the cluster with this id. */
export async function tracesOf(
  instance: Instance,
  vmids: number[],
  clusterId: string,
): Promise<Traces> {
  const hosts = (await status(instance)).hosts.filter(({ vmid }) =>
    vmids.includes(vmid),
  );
  const cgroups = new Cgroup((await readRecord(instance))?.cgroups ?? []);
  const inCgroups = await Promise.all(
    vmids.map(vmid => cgroups.child(`vm-${vmid}`).processes()),
  );
  const mountinfo = await readFile('/proc/self/mountinfo', 'utf8');
  const folders = vmids.map(vmid => instance.file('vms', String(vmid)));
  const links = await run([
    'ip',
    '-json',
    '-netns',
    instance.namespace,
    'link',
    'show',
  ]);
  return {
    machines: hosts.map(({ name }) => name),
    processes: [...inCgroups.flat().map(String), ...(await toolsOf(clusterId))],
    mounts: mountinfo
      .split('\n')
      .map(line => line.split(' ')[4] ?? '')
      .filter(point =>
        folders.some(
          folder => point === folder || point.startsWith(`${folder}/`),
        ),
      ),
    links: (
      JSON.parse(links.toString()) as { ifname: string; master?: string }[]
    )
      .filter(({ master }) => master !== undefined)
      .map(({ ifname }) => ifname),
  };
}

/** Command lines of Terraform, Ansible and their supervisors that work for the cluster. */
export async function toolsOf(clusterId: string): Promise<string[]> {
  const pids = await allProcesses();
  const commands = await Promise.all(
    pids.map(async pid =>
      (await readProc(pid, 'cmdline'))?.replaceAll('\0', ' '),
    ),
  );
  return commands.filter(command => command?.includes(clusterId)).map(String);
}
