import type { Knex } from 'knex';
import { LIVE } from '../engine/operationStates';
import { LEASE_END_KEY } from '../leases/records';

/** Phases that end without machines, or with machines that are off. */
const LEAVING = ['deleting', 'hibernating'];
/** How long that takes, about. */
const LEAVE_MS = 30_000;

/**
 * When a cluster's machines will need no memory any more, ms since the epoch: one that is ready goes to sleep when its time is over,
 * others are deleted after the grace. Undefined when it is held.
 */
export function endOf(
  row: Record<string, any>,
  now: number,
  graceMs: (environment: string) => number,
): number | undefined {
  if (LEAVING.includes(row.phase)) return now + LEAVE_MS;
  const held =
    row.held !== null &&
    row.released_at === null &&
    (row.until === null || Number(row.until) > now);
  if (held) return undefined;
  if (row.phase === 'ready' && Number(row.stays_awake) === 0)
    return Math.max(Number(row.expires_at), now);
  if (row.delete_at !== null) return Number(row.delete_at);
  return Number(row.expires_at) + graceMs(row.environment);
}

/**
 * How often a cluster `c` was sent to sleep for its end `e` in vain. That is not tried twice: then it runs until it is deleted.
 */
export function staysAwake(tx: Knex) {
  return tx('operations as s')
    .whereRaw('s.cluster_id = c.id')
    .whereRaw('s.created_at >= e.noticed_at')
    .where('s.request_key', 'like', `${LEASE_END_KEY}%`)
    .whereNotIn('s.status', LIVE)
    .count('*');
}
