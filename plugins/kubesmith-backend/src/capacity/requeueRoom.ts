import type { Knex } from 'knex';
import { databaseTime } from '../database/databaseTime';
import { NOT_BEFORE_ROOM } from './notBeforeRoom';
import type { MachineNeed } from './records';
import { stillNeeded } from './stillNeeded';

/**
 * An operation that ended goes on: what it still has to make or take waits for room again, at the end of the queue.
 *
 * @param tx - a transaction that locked the operations of its cluster
 */
export async function requeueRoom(
  operationId: string,
  tx: Knex.Transaction,
): Promise<void> {
  const row: { machines: string; cluster_id: string } | undefined = await tx(
    'room_requests',
  )
    .where({ operation_id: operationId })
    .first('machines', 'cluster_id');
  if (!row) return;
  const [needs] = await stillNeeded(
    [{ clusterId: row.cluster_id, machines: JSON.parse(row.machines) }],
    tx,
  );
  const machines = needs.map(
    ({ host, record, ...machine }): MachineNeed =>
      // One that is to be made may go elsewhere now.
      machine.clone ? machine : { ...machine, host },
  );
  if (machines.length === 0) {
    // One that ended while it waited has nothing to wait for any more.
    await tx('room_requests')
      .where({ operation_id: operationId, state: 'waiting' })
      .update({ state: 'granted', machines: '[]', slots: 0 });
    return;
  }
  await tx('room_requests')
    .where({ operation_id: operationId })
    .update({
      machines: JSON.stringify(machines),
      state: 'waiting',
      reason: null,
      position: null,
      queued_at: databaseTime(tx),
      slots: 0,
      settled_at: null,
    });
  await tx('operations')
    .where({ id: operationId })
    .update({ status: 'waiting', next_attempt_at: NOT_BEFORE_ROOM });
}
