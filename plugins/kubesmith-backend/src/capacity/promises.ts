import type { Knex } from 'knex';
import { LIVE } from '../engine/operationStates';
import type { PromisedMachine } from './hostRooms';
import { RESTING, stillNeeded } from './stillNeeded';
import type { MachineNeed } from './records';

/** What a cluster was promised; `datastore` is missing: the environment knows it. */
export type PromiseOfCluster = PromisedMachine & {
  environment: string;
  clusterId: string;
};

/** All that hosts were promised, as one transaction sees it; nothing of it twice. */
export async function readPromises(tx: Knex): Promise<PromiseOfCluster[]> {
  return [...(await nodePromises(tx)), ...(await extraPromises(tx))];
}

/** The machines of our records that run or may be started at any time, and those that are being made. */
async function nodePromises(tx: Knex): Promise<PromiseOfCluster[]> {
  const rows = await tx('nodes as n')
    .join('clusters as c', 'c.id', 'n.cluster_id')
    .join('operations as o', 'o.id', 'n.operation_id')
    .leftJoin('room_requests as r', 'r.operation_id', 'n.operation_id')
    .whereNotNull('n.live_vmid')
    .whereNotIn('c.phase', RESTING)
    .andWhere(counts =>
      counts
        .whereNot('n.state', 'planned')
        .orWhere(made =>
          made
            .whereIn('o.status', LIVE)
            .andWhere(free =>
              free.whereNull('r.state').orWhere('r.state', 'granted'),
            ),
        ),
    )
    .select(
      'c.environment',
      'n.cluster_id',
      'n.host',
      'n.live_vmid',
      'n.memory_mib',
      'n.disk_gib',
      'n.state',
    );
  return rows.map(row => {
    const clone = row.state === 'planned';
    return {
      environment: row.environment as string,
      clusterId: row.cluster_id as string,
      host: row.host as string,
      vmid: Number(row.live_vmid),
      memoryMiB: Number(row.memory_mib),
      diskGiB: clone ? Number(row.disk_gib) : 0,
      clone,
    };
  });
}

/**
 * What operations were granted beyond what the records say, e.g. machines that are to wake up or to grow, and machines that an
 * earlier operation planned and never made.
 */
async function extraPromises(tx: Knex): Promise<PromiseOfCluster[]> {
  const rows: {
    operation_id: string;
    cluster_id: string;
    environment: string;
    machines: string;
  }[] = await tx('room_requests as r')
    .join('operations as o', 'o.id', 'r.operation_id')
    .join('clusters as c', 'c.id', 'r.cluster_id')
    .where('r.state', 'granted')
    .whereNull('r.settled_at')
    .whereIn('o.status', LIVE)
    .select('r.operation_id', 'r.cluster_id', 'r.machines', 'c.environment');
  const needs = await stillNeeded(
    rows.map(row => ({
      clusterId: row.cluster_id,
      machines: JSON.parse(row.machines) as MachineNeed[],
    })),
    tx,
  );
  return rows.flatMap((row, index) =>
    needs[index].flatMap(({ clone, diskGiB, host, memoryMiB, record }) =>
      // What the operation planned itself counts as its node.
      host === undefined || (clone && record.operationId === row.operation_id)
        ? []
        : [
            {
              environment: row.environment,
              clusterId: row.cluster_id,
              host,
              ...(clone && { vmid: record.vmid }),
              // What a machine gives back is free when it has become smaller, by its record.
              memoryMiB: Math.max(0, memoryMiB),
              diskGiB,
              clone,
            },
          ],
    ),
  );
}
