import type { HostRoom, MachineNeed, WaitReason } from './records';

/** Where machines go, or what there is not enough of. */
export type Placement =
  | { placed: true; /** Node name to host. */ hosts: Map<string, string> }
  | {
      placed: false;
      reason: Extract<WaitReason, 'memory' | 'storage' | 'hosts'>;
    };

/**
 * Decides which host each machine goes to. Never more than a host or its storage has free; control planes first of all where
 * the cluster has no other one; then to the host with most memory free, and of those about equally free (within a tenth of
 * their memory) to the one where fewest machines are being made. All go somewhere, or none.
 *
 * @param machines - in the order in which they are placed
 * @param hosts - not changed
 * @param options.choices - the hosts for machines that may be anywhere; all, if absent
 * @param options.controlPlanes - the hosts of control planes that the cluster has already
 */
export function placeMachines(
  machines: MachineNeed[],
  hosts: HostRoom[],
  options: {
    datastore: string;
    choices?: string[];
    controlPlanes?: string[];
  },
): Placement {
  const rooms = copyRooms(hosts.filter(({ online }) => online));
  const controlPlanes = [...(options.controlPlanes ?? [])];
  const chosen = new Map<string, string>();
  // What has no choice comes before what can give way to it.
  const ordered = [
    ...machines.filter(({ host }) => host !== undefined),
    ...machines.filter(({ host }) => host === undefined),
  ];
  for (const machine of ordered) {
    const possible = rooms.filter(
      ({ name }) =>
        machine.host === name ||
        (machine.host === undefined &&
          (options.choices?.includes(name) ?? true)),
    );
    if (possible.length === 0) return { placed: false, reason: 'hosts' };
    const roomy = possible.filter(
      ({ freeMiB }) => machine.memoryMiB <= 0 || freeMiB >= machine.memoryMiB,
    );
    if (roomy.length === 0) return { placed: false, reason: 'memory' };
    const [best] = roomy
      .filter(
        ({ storages }) =>
          machine.diskGiB <= 0 ||
          (storages.get(options.datastore)?.freeGiB ?? Infinity) >=
            machine.diskGiB,
      )
      .sort(byPreference(machine, controlPlanes));
    if (!best) return { placed: false, reason: 'storage' };
    take(best, machine, options.datastore);
    if (machine.role === 'control-plane') controlPlanes.push(best.name);
    chosen.set(machine.node, best.name);
  }
  return { placed: true, hosts: chosen };
}

/** Takes from a host what a machine needs. */
export function take(
  host: HostRoom,
  machine: Pick<MachineNeed, 'memoryMiB' | 'diskGiB' | 'clone'>,
  datastore: string,
): void {
  host.freeMiB -= Math.max(0, machine.memoryMiB);
  if (machine.clone) host.clones += 1;
  const storage = host.storages.get(datastore);
  if (storage) storage.freeGiB -= machine.diskGiB;
}

/** Copies of hosts; those that share a storage still do. */
export function copyRooms(hosts: HostRoom[]): HostRoom[] {
  const copies = new Map<object, { freeGiB: number; totalGiB: number }>();
  return hosts.map(host => ({
    ...host,
    storages: new Map(
      [...host.storages].map(([name, storage]) => {
        const copy = copies.get(storage) ?? { ...storage };
        copies.set(storage, copy);
        return [name, copy];
      }),
    ),
  }));
}

/** Whether the machines would fit if nothing else were there: something that never fits need not wait. */
export function fitsWhenEmpty(
  machines: MachineNeed[],
  hosts: HostRoom[],
  options: { datastore: string },
): Placement {
  return placeMachines(
    machines,
    copyRooms(hosts).map(host => {
      for (const storage of host.storages.values())
        storage.freeGiB = storage.totalGiB;
      return { ...host, freeMiB: host.totalMiB, clones: 0 };
    }),
    options,
  );
}

function byPreference(machine: MachineNeed, controlPlanes: string[]) {
  const peers = (host: HostRoom) =>
    machine.role === 'control-plane'
      ? controlPlanes.filter(name => name === host.name).length
      : 0;
  return (a: HostRoom, b: HostRoom) =>
    peers(a) - peers(b) ||
    tenths(b) - tenths(a) ||
    a.clones - b.clones ||
    compare(b.freeMiB, a.freeMiB) ||
    a.name.localeCompare(b.name);
}

/** How much of a host is free, in tenths. Of a host that nobody knows the memory of, all is. */
function tenths({ freeMiB, totalMiB }: HostRoom): number {
  return Number.isFinite(freeMiB) && totalMiB > 0
    ? Math.round((10 * freeMiB) / totalMiB)
    : 10;
}

/** Also for infinite numbers, whose difference is none. */
function compare(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
