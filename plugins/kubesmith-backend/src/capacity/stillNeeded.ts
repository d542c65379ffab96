import type { Knex } from 'knex';
import type { MachineNeed } from './records';

/** Phases in which a cluster's machines are off and use no memory. */
export const RESTING = ['hibernated'];

/** What a machine needs now, and what the records know of it. */
export type NeedNow = MachineNeed & {
  record: { vmid: number; operationId: string };
};

/**
 * What of the machines that operations asked room for is not yet counted as theirs: an operation that goes on after it failed
 * half-way needs no more than the rest. Machines to clone count until they are made. The others count as the records say now: by
 * what they are to grow; all of their memory while the cluster sleeps; nothing when they became what they were to become.
 *
 * @returns for each cluster asked about, in the same order
 */
export async function stillNeeded(
  asked: Array<{ clusterId: string; machines: MachineNeed[] }>,
  tx: Knex,
): Promise<NeedNow[][]> {
  const rows = await tx('nodes as n')
    .join('clusters as c', 'c.id', 'n.cluster_id')
    .whereIn(
      'n.cluster_id',
      asked.map(({ clusterId }) => clusterId),
    )
    .whereNotNull('n.live_vmid')
    .select(
      'n.cluster_id',
      'n.name',
      'n.state',
      'n.live_vmid',
      'n.operation_id',
      'n.memory_mib',
      'n.disk_gib',
      'n.wanted_memory_mib',
      'n.wanted_disk_gib',
      'c.phase',
    );
  return asked.map(({ clusterId, machines }) =>
    machines.flatMap(machine => {
      const row = rows.find(
        ({ cluster_id, name }) =>
          cluster_id === clusterId && name === machine.node,
      );
      const need = row && needNow(machine, row);
      return need
        ? [
            {
              ...machine,
              ...need,
              record: {
                vmid: Number(row.live_vmid),
                operationId: row.operation_id,
              },
            },
          ]
        : [];
    }),
  );
}

function needNow(
  machine: MachineNeed,
  row: Record<string, any>,
): Pick<MachineNeed, 'memoryMiB' | 'diskGiB'> | undefined {
  if (machine.clone) return row.state === 'planned' ? machine : undefined;
  if (RESTING.includes(row.phase))
    return { memoryMiB: Number(row.memory_mib), diskGiB: 0 };
  if (row.wanted_memory_mib === null) return undefined;
  return {
    memoryMiB: Number(row.wanted_memory_mib) - Number(row.memory_mib),
    diskGiB: Number(row.wanted_disk_gib) - Number(row.disk_gib),
  };
}
