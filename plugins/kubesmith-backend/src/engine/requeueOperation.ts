import type { Knex } from 'knex';
import { requeueRoom } from '../capacity/requeueRoom';
import { databaseTime } from '../database/databaseTime';
import type { OperationRow } from './operationRows';
import { DONE } from './operationStates';

/** The operation cannot go on; the message completes the sentence "The operation cannot go on: …". */
export class OperationNotRetryableError extends Error {
  override readonly name = 'OperationNotRetryableError';
}

/**
 * Queues a failed or cancelled operation again; one that pauses before it is tried again pauses no longer.
 *
 * @param tx - a transaction that locked the operations of its cluster
 * @throws OperationNotRetryableError
 */
export async function requeueOperation(
  id: string,
  tx: Knex.Transaction,
): Promise<void> {
  const hurried = await tx('operations')
    .where({ id, status: 'waiting' })
    .where('next_attempt_at', '>', databaseTime(tx))
    .whereNull('cancel_requested_at')
    // One that waits for room has its turn when there is room.
    .whereNotExists(waitsForRoom(tx).whereRaw('r.operation_id = operations.id'))
    .update({ next_attempt_at: null });
  if (hurried > 0) return;
  const changed = await tx('operations as o')
    .where('o.id', id)
    .whereIn('o.status', ['failed', 'cancelled'])
    .whereNotExists(
      tx('operations as later')
        .whereRaw('later.cluster_id = o.cluster_id')
        .whereRaw('later.created_at > o.created_at')
        .select(tx.raw('1')),
    )
    .update({
      status: 'queued',
      failure: null,
      cancel_requested_at: null,
      next_attempt_at: null,
      finished_at: null,
      // Whoever drove it is gone: go on without waiting for it.
      driver_seen_at: 0,
    });
  if (changed === 0) {
    const row = await tx<OperationRow>('operations').where({ id }).first();
    throw new OperationNotRetryableError(
      row?.status === 'failed' || row?.status === 'cancelled'
        ? 'another operation of the same cluster came after it'
        : describe(
            row?.status,
            await waitsForRoom(tx).where('r.operation_id', id).first(),
          ),
    );
  }
  await tx('operation_steps')
    .where({ operation_id: id })
    .whereNotIn('status', DONE)
    .update({
      status: 'pending',
      attempt: 0,
      started_at: null,
      finished_at: null,
      failure: null,
      progress: null,
    });
  await requeueRoom(id, tx);
}

function waitsForRoom(tx: Knex) {
  return tx('room_requests as r')
    .where('r.state', 'waiting')
    .select(tx.raw('1'));
}

function describe(status: string | undefined, room: unknown): string {
  if (status === undefined) return 'there is none';
  if (status === 'waiting' && room) return 'it waits for room';
  return status === 'waiting'
    ? 'it is about to be tried again'
    : `it is ${status}`;
}
