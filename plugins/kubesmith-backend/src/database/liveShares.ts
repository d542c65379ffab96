import {
  type GrantRole,
  ROLES_BY_REACH,
  reaches,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import { databaseTimeSql } from './databaseTime';
import type { LiveShare } from './records';

/** A row of `shares`. */
export type ShareRow = {
  id: string;
  cluster_id: string;
  subject: string;
  role: GrantRole;
  /** JSON list, or null for the whole cluster. */
  namespaces: string | null;
  until: number | string;
  created_at: number | string;
  created_by: string;
  ended_at: number | string | null;
  ended_by: string | null;
};

/** Narrows a query on shares down to those that were not ended and whose time is not over, by the database's clock. */
export function whereLive<Q extends Knex.QueryBuilder>(shares: Q): Q {
  shares
    .whereNull('shares.ended_at')
    .whereRaw(`shares.until > ${databaseTimeSql(shares as never)}`);
  return shares;
}

/** Makes a query give the ids of the clusters that are shared with one of the subjects, in a role or a higher one. */
export function selectSharedWith(
  query: Knex.QueryBuilder,
  subjects: readonly string[],
  least: GrantRole = 'viewer',
): Knex.QueryBuilder {
  const roles = ROLES_BY_REACH.filter(role => reaches(role, least));
  return whereLive(
    query
      .select('shares.cluster_id')
      .from('shares')
      .whereIn('shares.subject', [...subjects])
      .whereIn('shares.role', roles),
  );
}

/** With whom clusters are shared now, by cluster id; no entry for one that is not shared. */
export async function liveSharesOf(
  clusterIds: readonly string[],
  tx: Knex,
): Promise<Map<string, LiveShare[]>> {
  const byCluster = new Map<string, LiveShare[]>();
  if (clusterIds.length === 0) return byCluster;
  const rows: ShareRow[] = await whereLive(
    tx('shares').whereIn('shares.cluster_id', [...clusterIds]),
  )
    .orderBy(['shares.created_at', 'shares.id'])
    .select('shares.*');
  for (const row of rows) {
    const shares = byCluster.get(row.cluster_id) ?? [];
    byCluster.set(row.cluster_id, shares);
    const { id, subject, role } = row;
    shares.push({
      id,
      subject,
      role,
      namespaces: parseNamespaces(row.namespaces),
    });
  }
  return byCluster;
}

/** The column `namespaces` as a list; undefined for the whole cluster. */
export function parseNamespaces(value: string | null): string[] | undefined {
  return value === null ? undefined : JSON.parse(value);
}
