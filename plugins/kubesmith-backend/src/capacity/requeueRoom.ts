import type { Knex } from 'knex';
import { databaseTime } from '../database/databaseTime';
import { NOT_BEFORE_ROOM } from './notBeforeRoom';
import type { MachineNeed } from './records';

/**
 * An operation that ended goes on: what it still has to make or take waits for room again, at the end of the queue.
 *
 * @param tx - a transaction that locked the operations of its cluster
 */
export async function requeueRoom(
  operationId: string,
  tx: Knex.Transaction,
): Promise<void> {
  const row: { machines: string; settled_at: number | null } | undefined =
    await tx('room_requests').where({ operation_id: operationId }).first();
  if (!row) return;
  const planned: { name: string }[] = await tx('nodes')
    .where({ operation_id: operationId, state: 'planned' })
    .whereNotNull('live_vmid')
    .select('name');
  const machines = (JSON.parse(row.machines) as MachineNeed[]).flatMap(
    ({ host, ...machine }) => {
      if (!machine.clone)
        return row.settled_at === null ? [{ ...machine, host }] : [];
      // It may go elsewhere now. One that is there already is counted where it is.
      return planned.some(({ name }) => name === machine.node) ? [machine] : [];
    },
  );
  if (machines.length === 0) return;
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
