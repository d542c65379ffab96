import { randomUUID } from 'node:crypto';
import { mockServices } from '@backstage/backend-test-utils';
import { Inventory } from '../../../orders/Inventory';
import {
  type MachineInspection,
  MachineReservations,
} from '../../../orders/MachineReservations';
import {
  type ScaleWish,
  planScale,
} from '../../../operations/requests/scale/planScale';
import {
  type Workbench,
  environment,
} from '../../../steps/__testUtils__/workbench';
import type { ScaleInput } from '../../../steps/scale/input';

const SIZE = { vcpu: 2, memoryMiB: 2048, diskGiB: 20 };

/**
 * Records that a cluster of a workbench is to be scaled, as the API does: planned, and reserved in one transaction. Quotas and
 * room play no part.
 *
 * @param seen - what Proxmox has; it is asked, if absent
 * @returns the operation's id
 */
export async function requestScale(
  bench: Pick<Workbench, 'db' | 'pools' | 'services'>,
  clusterId: string,
  wish: ScaleWish,
  seen?: MachineInspection,
): Promise<string> {
  const { clusters, knex, operations } = bench.db;
  const { proxmox } = bench.services;
  const machines = new MachineReservations({
    clusters,
    inventory: new Inventory({
      hypervisor: {
        vms: () => proxmox.vms(),
        hosts: async () =>
          environment.proxmox.hosts.map(node => ({
            node,
            online: true,
            memoryTotal: 0,
            memoryUsed: 0,
          })),
        storages: async () => [],
        isFree: vmid => proxmox.isFree(vmid),
        addressesInUse: async () => [],
      },
      logger: mockServices.logger.mock(),
    }),
    pools: bench.pools,
  });
  const cluster = (await clusters.get(clusterId))!;
  const { plan, problems } = planScale(
    cluster,
    await clusters.nodes(clusterId),
    wish,
    environment,
  );
  if (!plan) throw new Error(JSON.stringify(problems));
  const input: ScaleInput = {
    added: plan.added,
    completed: plan.completed.map(({ name }) => name),
    removed: plan.removed.map(({ name }) => name),
  };
  const inspection =
    seen ?? (await machines.inspect(environment, plan.added.length));
  const id = randomUUID();
  await knex.transaction(async tx => {
    await operations.lock(clusterId, tx);
    await bench.pools.lockAll(tx);
    const { nodes } = await machines.take(tx, {
      environment,
      poolId: 'lab',
      clusterId,
      operationId: id,
      nodes: plan.added.map(name => ({ name, role: 'worker' })),
      size: SIZE,
      inspection,
    });
    await clusters.addNodes(tx, clusterId, nodes);
    await operations.insert(tx, {
      id,
      clusterId,
      kind: 'scale',
      initiator: 'user:default/student-1',
      input: { ...input, phaseBefore: cluster.phase },
    });
  });
  return id;
}
