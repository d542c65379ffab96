import type { InventorySnapshot } from '../orders/Inventory';
import type { CapacityLimits, HostRoom, StorageRoom } from './records';

/** Memory and disk that is promised to a machine on a host, whether it runs or not. */
export type PromisedMachine = {
  host: string;
  /** Missing for what an operation takes beyond what the records say. */
  vmid?: number;
  memoryMiB: number;
  /** What its disk will take; 0 once it is there. */
  diskGiB: number;
  datastore?: string;
  /** It is being made. */
  clone: boolean;
};

/**
 * What each host has room for: its memory without the reserve, without what its own needs and machines of others take, and
 * without what our records promise. Our machines count by what they may use, whether Proxmox shows them already or not; so it does
 * not matter that its figures lag behind.
 */
export function hostRooms(
  snapshot: Pick<InventorySnapshot, 'hosts'>,
  promised: PromisedMachine[],
  limits: Pick<
    CapacityLimits,
    'memoryReserveMiB' | 'memoryOvercommit' | 'storageReserve'
  >,
): HostRoom[] {
  const ours = new Set(promised.map(({ vmid }) => vmid));
  const shared = new Map<string, StorageRoom>();
  const rooms = snapshot.hosts.map((host): HostRoom => {
    const totalMiB =
      host.memoryMiB * limits.memoryOvercommit - limits.memoryReserveMiB;
    const others = host.running
      .filter(({ vmid }) => !ours.has(vmid))
      .reduce((sum, { memoryMiB }) => sum + memoryMiB, host.otherMiB);
    const storages = new Map<string, StorageRoom>();
    for (const storage of host.storages) {
      const reserve = storage.totalGiB * limits.storageReserve;
      const room = (storage.shared && shared.get(storage.name)) || {
        totalGiB: storage.totalGiB - reserve,
        freeGiB: storage.freeGiB - reserve,
      };
      if (storage.shared) shared.set(storage.name, room);
      storages.set(storage.name, room);
    }
    return {
      name: host.name,
      online: host.online,
      totalMiB,
      freeMiB: totalMiB - others,
      clones: 0,
      storages,
    };
  });
  const byName = new Map(rooms.map(room => [room.name, room]));
  for (const machine of promised) {
    const host = byName.get(machine.host);
    if (!host) continue;
    host.freeMiB -= machine.memoryMiB;
    if (machine.clone) host.clones += 1;
    const storage =
      machine.datastore === undefined
        ? undefined
        : host.storages.get(machine.datastore);
    if (storage) storage.freeGiB -= machine.diskGiB;
  }
  return rooms;
}
