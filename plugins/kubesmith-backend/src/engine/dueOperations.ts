import type { Knex } from 'knex';
import { databaseTime } from '../database/databaseTime';
import { DONE, DRIVER_TIMEOUT_MS, LIVE } from './operationStates';

/** Narrows a query down to what is not put off, or is to be cancelled. */
export function isRested(query: Knex.QueryBuilder, now: Knex.Raw): void {
  query
    .whereNull('next_attempt_at')
    .orWhere('next_attempt_at', '<=', now)
    .orWhereNotNull('cancel_requested_at');
}

/**
 * The operations that may be claimed now, oldest first: not held, not waiting, first of their clusters, and asked for by
 * their drivers, or without one.
 */
export async function dueOperations(
  knex: Knex,
  limit: number,
): Promise<{ id: string }[]> {
  const now = databaseTime(knex);
  const nextStep = knex('operation_steps as first')
    .whereRaw('first.operation_id = o.id')
    .whereNotIn('first.status', DONE)
    .min('first.position');
  return knex('operations as o')
    .whereIn('o.status', LIVE)
    .andWhere(free =>
      free.whereNull('o.lease_until').orWhere('o.lease_until', '<', now),
    )
    .andWhere(rested => isRested(rested, now))
    .whereNotExists(
      knex('operations as earlier')
        .whereRaw('earlier.cluster_id = o.cluster_id')
        .whereIn('earlier.status', LIVE)
        .whereRaw('earlier.created_at < o.created_at')
        .select(knex.raw('1')),
    )
    .andWhere(due =>
      due
        .whereNull('o.task_id')
        .orWhereNotNull('o.cancel_requested_at')
        .orWhereRaw('coalesce(o.driver_seen_at, o.created_at) < ? - ?', [
          now,
          DRIVER_TIMEOUT_MS,
        ])
        .orWhereExists(
          knex('operation_steps as s')
            .whereRaw('s.operation_id = o.id')
            .whereNotNull('s.requested_at')
            .where('s.position', nextStep)
            .select(knex.raw('1')),
        )
        // Only its end is missing, for which no driver asks.
        .orWhereNotExists(
          knex('operation_steps as s')
            .whereRaw('s.operation_id = o.id')
            .whereNotIn('s.status', DONE)
            .select(knex.raw('1')),
        ),
    )
    .orderBy('o.created_at')
    .limit(limit)
    .select('o.id');
}
