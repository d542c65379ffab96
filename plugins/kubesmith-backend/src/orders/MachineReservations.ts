import { randomUUID } from 'node:crypto';
import { type Size, fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { EnvironmentConfig } from '../config/types';
import type { ClusterStore, NewNode } from '../database/ClusterStore';
import { requestRefused, unavailable } from '../errors/apiErrors';
import { PoolExhaustedError, type PoolStore } from '../pools/PoolStore';
import type { Inventory } from './Inventory';
import { chooseVmids } from './chooseVmids';
import { deriveMacAddress } from './machineIdentity';
import { poolExhausted } from './validateOrder';

/** How often ids that turn out to be taken are replaced by others before the transaction decides anyway. */
const VMID_ROUNDS = 5;

/** What was seen at Proxmox before the transaction. */
export type MachineInspection = {
  /** Ids that are taken. */
  vmids: Set<number>;
  /** Addresses of machines that are not ours; dotted. */
  foreignAddresses: string[];
};

/** What is to be reserved. */
export type MachinesToReserve = {
  environment: EnvironmentConfig;
  /** The pool of addresses; the transaction locked it. */
  poolId: string;
  clusterId: string;
  operationId: string;
  nodes: Array<Pick<NewNode, 'name' | 'role'>>;
  size: Pick<Size, 'vcpu' | 'memoryMiB' | 'diskGiB'>;
  /** What needs an address besides the nodes. */
  slots?: string[];
  inspection: MachineInspection;
};

/** Gives machines that are to be made what nobody else may have: addresses, machine ids, MAC addresses, UUIDs. */
export class MachineReservations {
  readonly #deps: {
    clusters: ClusterStore;
    inventory: Inventory;
    pools: PoolStore;
  };

  constructor(deps: {
    clusters: ClusterStore;
    inventory: Inventory;
    pools: PoolStore;
  }) {
    this.#deps = deps;
  }

  /**
   * Looks at Proxmox before the transaction, and makes sure that the ids which it will choose are free there.
   *
   * @throws 503 when Proxmox does not answer, or none of the environment's hosts
   */
  async inspect(
    environment: EnvironmentConfig,
    count: number,
  ): Promise<MachineInspection> {
    const { clusters, inventory } = this.#deps;
    const latest = await inventory.snapshot();
    const { hosts, vmids: range } = environment.proxmox;
    if (
      !latest.hosts.some(({ name, online }) => online && hosts.includes(name))
    )
      throw unavailable('KUBESMITH-NO-HOST', {
        environment: environment.name,
      });
    const vmids = new Set(latest.vmids);
    const reserved = (await clusters.reservations()).vmids;
    const foreignAddresses = await this.#foreignAddresses(reserved);
    for (let round = 0; round < VMID_ROUNDS; round++) {
      const likely = chooseVmids(
        range,
        new Set([...vmids, ...reserved]),
        count,
      );
      const taken = await inventory.findTaken(likely);
      if (taken.length === 0) break;
      taken.forEach(vmid => vmids.add(vmid));
    }
    return { vmids, foreignAddresses };
  }

  /**
   * Takes addresses, and chooses the rest: the caller records the nodes in the same transaction, and the unique keys refuse what
   * somebody else took at the same time.
   *
   * @param tx - locked the pool
   * @returns the addresses of the slots (dotted, in their order), and the nodes; their host is any, until their turn comes
   * @throws 400 when there are too few addresses or ids
   */
  async take(
    tx: Knex.Transaction,
    wanted: MachinesToReserve,
  ): Promise<{ addresses: string[]; nodes: NewNode[] }> {
    const { clusters, pools } = this.#deps;
    const { clusterId, environment, inspection, operationId, poolId } = wanted;
    const { nodes, size, slots = [] } = wanted;
    await pools.markForeign(tx, poolId, inspection.foreignAddresses);
    const addresses = await this.#takeAddresses(tx, {
      poolId,
      clusterId,
      operationId,
      slots: [...slots, ...nodes.map(({ name }) => name)],
    });
    const reservations = await clusters.reservations(tx);
    const vmids = chooseVmids(
      environment.proxmox.vmids,
      new Set([...reservations.vmids, ...inspection.vmids]),
      nodes.length,
    );
    if (vmids.length < nodes.length)
      throw requestRefused([
        fieldProblem('workers', 'KUBESMITH-VMIDS-EXHAUSTED', {
          environment: environment.name,
          free: vmids.length,
          needed: nodes.length,
        }),
      ]);
    return {
      addresses: addresses.slice(0, slots.length),
      nodes: nodes.map(({ name, role }, index) => {
        const macAddress = deriveMacAddress(
          clusterId,
          name,
          reservations.macAddresses,
        );
        reservations.macAddresses.add(macAddress);
        return {
          id: randomUUID(),
          name,
          role,
          vmid: vmids[index],
          // Until its turn comes, and it goes where there is room then.
          host: environment.proxmox.hosts[0],
          ipAddress: addresses[slots.length + index],
          macAddress,
          smbiosUuid: randomUUID(),
          vcpu: size.vcpu,
          memoryMiB: size.memoryMiB,
          diskGiB: size.diskGiB,
          operationId,
        };
      }),
    };
  }

  /** One that is just being removed still bears the marker of its cluster. */
  async #foreignAddresses(ours: Set<number>): Promise<string[]> {
    const { clusters, inventory } = this.#deps;
    const others = await inventory.addressesOfOthers(ours);
    const known = await clusters.getByIds(
      others.flatMap(({ clusterId }) => clusterId ?? []),
    );
    const ids = new Set(known.map(cluster => cluster?.id));
    return others
      .filter(({ clusterId }) => !clusterId || !ids.has(clusterId))
      .flatMap(({ addresses }) => addresses);
  }

  async #takeAddresses(
    tx: Knex.Transaction,
    request: Parameters<PoolStore['allocate']>[1],
  ): Promise<string[]> {
    try {
      return await this.#deps.pools.allocate(tx, request);
    } catch (error) {
      if (error instanceof PoolExhaustedError)
        throw requestRefused([
          poolExhausted({
            pool: error.poolId,
            free: error.free,
            needed: error.needed,
          }),
        ]);
      throw error;
    }
  }
}
