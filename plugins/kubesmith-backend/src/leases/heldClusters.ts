import type { Knex } from 'knex';
import { databaseTime } from '../database/databaseTime';

/** Which of these clusters are kept from expiring now: when they would have expired says nothing then. */
export async function heldClusters(
  knex: Knex,
  clusterIds: readonly string[],
): Promise<Set<string>> {
  const rows = await knex('lease_holds')
    .whereIn('cluster_id', clusterIds)
    .whereNull('released_at')
    .where(open =>
      open.whereNull('until').orWhere('until', '>', databaseTime(knex)),
    )
    .select('cluster_id');
  return new Set(rows.map(row => row.cluster_id));
}
