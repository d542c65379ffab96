import type { LoggerService } from '@backstage/backend-plugin-api';
import { unavailable } from '../errors/apiErrors';

/** What is asked of Proxmox before something is reserved. Memory in bytes. */
export interface Hypervisor {
  vms(): Promise<
    Array<{
      vmid: number;
      node: string;
      status: string;
      /** What it may use, and what it uses. */
      memoryMax?: number;
      memoryUsed?: number;
    }>
  >;
  /** `memoryTotal`: 0 when the token may not see it. */
  hosts(): Promise<
    Array<{
      node: string;
      online: boolean;
      memoryTotal: number;
      memoryUsed: number;
    }>
  >;
  /** The storages of all hosts that the token may see; space in bytes. A shared one comes once for each host. */
  storages(): Promise<
    Array<{
      node: string;
      storage: string;
      shared: boolean;
      total: number;
      used: number;
    }>
  >;
  /** Whether no machine has the id, also none that the token may not see. */
  isFree(vmid: number): Promise<boolean>;
  /** The addresses of the machines that the token sees, but for those with these ids. What cannot be read is left out. */
  addressesInUse(except: Set<number>): Promise<MachineAddresses[]>;
}

/** The IPv4 addresses, dotted, that a machine says it has. */
export interface MachineAddresses {
  vmid: number;
  /** The cluster that its marker names, if it bears one of Kubesmith. */
  clusterId?: string;
  addresses: string[];
}

/** What Proxmox had a moment ago. */
export interface InventorySnapshot {
  /** The machine ids that are known to be taken; those found later are added. */
  vmids: Set<number>;
  hosts: HostSnapshot[];
}

/** A host as Proxmox had it a moment ago. Memory in MiB; `Infinity` when Proxmox does not say how much there is. */
export interface HostSnapshot {
  name: string;
  online: boolean;
  memoryMiB: number;
  /** What is used by the host itself, and by what the token does not see. */
  otherMiB: number;
  /** The machines that run there, with what they may use at most. */
  running: Array<{ vmid: number; memoryMiB: number }>;
  /** Space in GiB. */
  storages: Array<{
    name: string;
    shared: boolean;
    totalGiB: number;
    freeGiB: number;
  }>;
}

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const MAX_AGE_MS = 5_000;
/** Addresses are read machine by machine, and change less often. */
const ADDRESSES_MAX_AGE_MS = 30_000;

/** A view of Proxmox that is at most 5 s old; callers at the same time share one. */
export class Inventory {
  readonly #hypervisor: Hypervisor;
  readonly #logger: LoggerService;
  #latest: { taken: number; snapshot: Promise<InventorySnapshot> } | undefined;
  #addresses: { taken: number; read: Promise<MachineAddresses[]> } | undefined;

  constructor(options: { hypervisor: Hypervisor; logger: LoggerService }) {
    this.#hypervisor = options.hypervisor;
    this.#logger = options.logger;
  }

  /** Machines and hosts. 503 when Proxmox does not answer. */
  async snapshot(): Promise<InventorySnapshot> {
    const now = performance.now();
    if (!this.#latest || now - this.#latest.taken > MAX_AGE_MS) {
      const snapshot = this.#read();
      this.#latest = { taken: now, snapshot };
      snapshot.catch(() => {
        // The next caller asks again.
        this.#latest = undefined;
      });
    }
    return this.#latest.snapshot;
  }

  /**
   * Who else has addresses, as seen at most half a minute ago. When that cannot be read now, nobody is known to: a look at the
   * network itself comes before each machine.
   *
   * @param ours - ids of machines that are recorded as ours
   */
  async addressesOfOthers(ours: Set<number>): Promise<MachineAddresses[]> {
    const now = performance.now();
    if (
      !this.#addresses ||
      now - this.#addresses.taken > ADDRESSES_MAX_AGE_MS
    ) {
      const read = this.#hypervisor.addressesInUse(ours).catch(error => {
        this.#logger.warn('The addresses of other machines could not be read', {
          error: String(error),
        });
        return [];
      });
      this.#addresses = { taken: now, read };
    }
    const found = await this.#addresses.read;
    return found.filter(({ vmid }) => !ours.has(vmid));
  }

  /** Which of the ids are taken by machines that the snapshot does not show. */
  async findTaken(vmids: number[]): Promise<number[]> {
    const free = await this.#ask(() =>
      Promise.all(vmids.map(vmid => this.#hypervisor.isFree(vmid))),
    );
    return vmids.filter((_, index) => !free[index]);
  }

  async #read(): Promise<InventorySnapshot> {
    const [vms, hosts, storages] = await this.#ask(() =>
      Promise.all([
        this.#hypervisor.vms(),
        this.#hypervisor.hosts(),
        this.#hypervisor.storages(),
      ]),
    );
    return {
      vmids: new Set(vms.map(({ vmid }) => vmid)),
      hosts: hosts.map(host => {
        const running = vms.filter(
          ({ node, status }) => node === host.node && status === 'running',
        );
        const used = running.reduce((sum, vm) => sum + (vm.memoryUsed ?? 0), 0);
        return {
          name: host.node,
          online: host.online,
          memoryMiB:
            host.memoryTotal > 0
              ? Math.floor(host.memoryTotal / MIB)
              : Infinity,
          otherMiB: Math.ceil(Math.max(0, host.memoryUsed - used) / MIB),
          running: running.map(({ vmid, memoryMax = 0 }) => ({
            vmid,
            memoryMiB: Math.ceil(memoryMax / MIB),
          })),
          storages: storages
            .filter(({ node }) => node === host.node)
            .map(({ storage, shared, total, used: taken }) => ({
              name: storage,
              shared,
              totalGiB: total / GIB,
              freeGiB: Math.max(0, total - taken) / GIB,
            })),
        };
      }),
    };
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      // Addresses and texts of Proxmox are for administrators.
      this.#logger.warn('Proxmox did not answer', { error: String(error) });
      throw unavailable('KUBESMITH-HYPERVISOR-UNREACHABLE', {});
    }
  }
}
