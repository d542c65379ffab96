import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import {
  HostDirectory,
  readRecord as readHostRecord,
} from '../hosts/HostDirectory.ts';
import { Cgroup } from '../system/cgroups.ts';
import { unless } from '../system/errors.ts';
import type { Instance } from './Instance.ts';
import { readRecord, type InstanceRecord } from './record.ts';
import { Services } from './Services.ts';

const SERVICES = [
  'proxmox',
  'identity',
  'forwarder-outside',
  'forwarder-inside',
];

/** One host, running or off. */
export interface HostStatus {
  vmid: number;
  name: string;
  node: string;
  running: boolean;
  /** In CIDR notation, as cloud-init set it. */
  address?: string;
  cores: number;
  memoryMiB: number;
}

/** What there is of an instance. */
export interface InstanceStatus {
  name: string;
  /** `degraded`: some of it is there, but not all runs; "up" completes it, "down" removes it. */
  state: 'up' | 'degraded' | 'down';
  record?: InstanceRecord;
  /** Process numbers of the services, null for one that does not run. */
  services: Record<string, number | null>;
  hosts: HostStatus[];
}

/** What there is of an instance at this moment. */
export async function status(instance: Instance): Promise<InstanceStatus> {
  const record = await readRecord(instance);
  const cgroup = new Cgroup(record?.cgroups ?? []);
  const services = new Services(instance, cgroup);
  const pids = await Promise.all(
    SERVICES.map(
      async name => [name, (await services.find(name))?.pid ?? null] as const,
    ),
  );
  const isThere = [
    instance.folder,
    instance.namespacePath,
    instance.claims,
  ].some(path => existsSync(path));
  const allRun =
    record !== undefined &&
    existsSync(instance.namespacePath) &&
    pids.every(([, pid]) => pid !== null);
  return {
    name: instance.name,
    state: allRun ? 'up' : isThere ? 'degraded' : 'down',
    ...(record ? { record } : {}),
    services: Object.fromEntries(pids),
    hosts: await hosts(instance, cgroup),
  };
}

async function hosts(
  instance: Instance,
  cgroup: Cgroup,
): Promise<HostStatus[]> {
  const folder = instance.file('vms');
  const vmids = ((await unless(['ENOENT'], readdir(folder))) ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const found = await Promise.all(
    vmids.map(async (vmid): Promise<HostStatus | undefined> => {
      const host = await unless(
        ['ENOENT'],
        readHostRecord(new HostDirectory(folder, vmid)),
      );
      if (!host) return undefined;
      const { name, node, cores, memoryMiB, cloudInit } = host.spec;
      const running = await cgroup.child(`vm-${vmid}`).isPopulated();
      return {
        vmid,
        name,
        node,
        running,
        cores,
        memoryMiB,
        ...(cloudInit.address ? { address: cloudInit.address } : {}),
      };
    }),
  );
  return found.filter(host => host !== undefined);
}

/** The status for people. */
export function statusText({
  name,
  state,
  record,
  services,
  hosts: machines,
}: InstanceStatus): string {
  const lines = [`Lab "${name}" is ${state}.`];
  if (state === 'down') return `${lines[0]}\n`;
  if (record) {
    lines.push(
      `  Portal            http://localhost:${record.ports.portal}  (once started)`,
      `  Identity provider ${record.identity.issuer}`,
      `  Proxmox VE API    ${record.proxmox.endpoint}  (inside; "yarn lab exec -- COMMAND")`,
    );
  }
  const rows = [
    ['', 'SERVICE', 'PROCESS'],
    ...Object.entries(services).map(([service, pid]) => [
      '',
      service,
      pid === null ? 'not running' : String(pid),
    ]),
  ];
  lines.push('', ...table(rows));
  const hostRows = machines.map(host => [
    '',
    String(host.vmid),
    host.name,
    host.node,
    host.running ? 'running' : 'off',
    host.address ?? '-',
    `${host.cores} × ${host.memoryMiB} MiB`,
  ]);
  if (hostRows.length > 0)
    lines.push(
      '',
      ...table([
        ['', 'VMID', 'NAME', 'ON', 'POWER', 'ADDRESS', 'SIZE'],
        ...hostRows,
      ]),
    );
  return `${lines.join('\n')}\n`;
}

function table(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map(row => row[column]!.length)),
  );
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
