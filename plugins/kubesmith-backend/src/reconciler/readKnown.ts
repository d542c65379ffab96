import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord } from '../database/records';
import { LIVE } from '../engine/operationStates';
import type { KnownCluster } from './records';

const PAGE = 200;

/** What the records of clusters are read from. */
export interface RecordSource {
  clusters: ClusterStore;
  knex: Knex;
}

/** All clusters that are not deleted, by their ids. */
export async function readLiveClusters(
  source: RecordSource,
): Promise<Map<string, KnownCluster>> {
  const all: ClusterRecord[] = [];
  for (;;) {
    const { items } = await source.clusters.list({
      limit: PAGE,
      offset: all.length,
    });
    all.push(...items);
    if (items.length < PAGE) break;
  }
  return describe(source, all);
}

/** Clusters with these ids, deleted ones too; those that there are. */
export async function readClusters(
  source: RecordSource,
  ids: string[],
): Promise<Map<string, KnownCluster>> {
  const found = new Map<string, KnownCluster>();
  for (let from = 0; from < ids.length; from += PAGE) {
    const records = await source.clusters.getByIds(
      ids.slice(from, from + PAGE),
    );
    const known = await describe(
      source,
      records.filter(record => record !== undefined),
    );
    known.forEach((value, id) => found.set(id, value));
  }
  return found;
}

async function describe(
  { clusters, knex }: RecordSource,
  records: ClusterRecord[],
): Promise<Map<string, KnownCluster>> {
  const known = new Map<string, KnownCluster>();
  for (let from = 0; from < records.length; from += PAGE) {
    const page = records.slice(from, from + PAGE);
    const ids = page.map(({ id }) => id);
    const nodes = await clusters.nodesOf(ids);
    const operations = await operationsOf(knex, ids);
    for (const cluster of page) {
      const own = nodes.get(cluster.id) ?? [];
      const { count, isBusy } = operations.get(cluster.id) ?? {
        count: 0,
        isBusy: false,
      };
      known.set(cluster.id, {
        cluster,
        nodes: own,
        isBusy,
        version: JSON.stringify([
          cluster.phase,
          cluster.environment,
          cluster.vip,
          count,
          own.map(node => [
            node.name,
            node.state,
            node.vmid,
            node.host,
            node.ipAddress,
            node.vcpu,
            node.memoryMiB,
            node.removedAt,
          ]),
        ]),
      });
    }
  }
  return known;
}

/** How many operations each cluster had, and whether one is going on. */
async function operationsOf(
  knex: Knex,
  clusterIds: string[],
): Promise<Map<string, { count: number; isBusy: boolean }>> {
  const rows: Array<{
    cluster_id: string;
    status: string;
    n: string | number;
  }> = await knex('operations')
    .whereIn('cluster_id', clusterIds)
    .groupBy('cluster_id', 'status')
    .select('cluster_id', 'status')
    .count({ n: '*' });
  const live: string[] = LIVE;
  const found = new Map<string, { count: number; isBusy: boolean }>();
  for (const { cluster_id: id, n, status } of rows) {
    const before = found.get(id) ?? { count: 0, isBusy: false };
    found.set(id, {
      count: before.count + Number(n),
      isBusy: before.isBusy || live.includes(status),
    });
  }
  return found;
}
