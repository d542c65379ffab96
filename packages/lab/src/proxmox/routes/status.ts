/**
 * Imitates the figures that Proxmox shows of machines, hosts and storages (qemu-server `vmstatus`, pve-manager `API2Tools.pm`).
 * Left out: load. A running machine is shown as using all of its memory and none of its processors.
 */
import { isRunning, type Context } from '../context.ts';
import { bootDisk } from '../hostSpec.ts';
import type { HypervisorHost, StorageOptions } from '../options.ts';
import { parsePropertyString } from '../propertyString.ts';
import { sizeOf } from '../storedConfig.ts';
import type { VmRecord } from '../state.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** What a hypervisor host needs for itself. */
const HOST_MEMORY = 2 * GIB;

/** Whether the configuration says that the machine has a guest agent. */
export const agentEnabled = (vm: VmRecord): boolean => {
  const { value, options } = parsePropertyString(String(vm.config.agent ?? ''));
  return (options.get('enabled') ?? value) === '1';
};

/** `GET /nodes/N/qemu/ID/status/current`, and a row of `GET /nodes/N/qemu`. */
export async function vmStatus(context: Context, vm: VmRecord) {
  const { config } = vm;
  const running = await isRunning(context, vm);
  const disk = bootDisk(config);
  const memory = Number(config.memory ?? 512) * MIB;
  const status = running ? 'running' : 'stopped';
  return {
    vmid: vm.vmid,
    name: String(config.name ?? `VM ${vm.vmid}`),
    status,
    qmpstatus: status,
    cpus: Number(config.cores ?? 1) * Number(config.sockets ?? 1),
    cpu: 0,
    maxmem: memory,
    mem: running ? memory : 0,
    maxdisk: disk ? sizeOf(String(config[disk])) : 0,
    disk: 0,
    uptime:
      running && vm.startedAt
        ? Math.floor((Date.now() - vm.startedAt) / 1000)
        : 0,
    netin: 0,
    netout: 0,
    diskread: 0,
    diskwrite: 0,
    ha: { managed: 0 },
    ...(running ? { pid: 100_000 + vm.vmid } : {}),
    ...(agentEnabled(vm) ? { agent: 1 } : {}),
    ...(config.lock ? { lock: config.lock } : {}),
    ...(config.tags ? { tags: config.tags } : {}),
    ...(config.template ? { template: 1 } : {}),
  };
}

/** A machine's row of `GET /cluster/resources`, and of a pool's members. */
export async function vmResource(context: Context, vm: VmRecord) {
  const { cpus, qmpstatus, ha, pid, agent, ...status } = await vmStatus(
    context,
    vm,
  );
  return {
    ...status,
    id: `qemu/${vm.vmid}`,
    type: 'qemu',
    node: vm.node,
    maxcpu: cpus,
    template: vm.config.template ? 1 : 0,
    ...(context.hostsDown.has(vm.node) ? { status: 'unknown' } : {}),
    ...(vm.pool ? { pool: vm.pool } : {}),
  };
}

/** Memory in bytes that a host's own needs and its running machines take. */
export async function usedMemory(
  context: Context,
  host: HypervisorHost,
): Promise<number> {
  let used = HOST_MEMORY;
  for (const vm of context.state.vms.values()) {
    if (vm.node === host.name) used += (await vmStatus(context, vm)).mem;
  }
  return Math.min(used, host.memoryMiB * MIB);
}

/** A host's row of `GET /cluster/resources` and `GET /nodes`; without figures for who may not see them. */
export async function hostResource(
  context: Context,
  host: HypervisorHost,
  withFigures: boolean,
) {
  const down = context.hostsDown.has(host.name);
  return {
    id: `node/${host.name}`,
    type: 'node',
    node: host.name,
    status: down ? 'offline' : 'online',
    ...(withFigures && !down
      ? {
          cpu: 0.02,
          maxcpu: host.cpus,
          mem: await usedMemory(context, host),
          maxmem: host.memoryMiB * MIB,
          disk: 8 * GIB,
          maxdisk: 100 * GIB,
          uptime: Math.floor(process.uptime()),
          level: '',
        }
      : {}),
  };
}

/** Bytes that the disks of all machines take on a storage. */
function usedSpace(context: Context, storage: StorageOptions): number {
  return volumes(context)
    .filter(volume => volume.volid.startsWith(`${storage.id}:`))
    .reduce((sum, volume) => sum + volume.size, 0);
}

/** All volumes of all machines. */
export function volumes(
  context: Context,
): { volid: string; size: number; vmid: number }[] {
  return context.state.sortedVms().flatMap(vm =>
    Object.values(vm.config).flatMap(value => {
      const volid = String(value).split(',')[0]!;
      const isVolume = /^[\w-]+:(\S*\/)?(vm|base)-\d+-/.test(volid);
      const size = Math.max(sizeOf(String(value)), 4 * MIB);
      return isVolume ? [{ volid, vmid: vm.vmid, size }] : [];
    }),
  );
}

/** `GET /nodes/N/storage/ST/status`, and a row of `GET /nodes/N/storage`. */
export function storageStatus(context: Context, storage: StorageOptions) {
  const total = storage.totalGiB * GIB;
  const used = usedSpace(context, storage);
  return {
    type: storage.type,
    content: storage.content.join(','),
    shared: storage.shared ? 1 : 0,
    active: 1,
    enabled: 1,
    total,
    used,
    avail: total - used,
    used_fraction: used / total,
  };
}
