import type { Knex } from 'knex';
import type { NodeRecord } from '../database/records';
import type { Context } from './services';

/** The nodes that the cluster is to have: neither removed nor about to be. */
export async function stayingNodes(
  { services, cluster }: Pick<Context, 'services' | 'cluster'>,
  tx?: Knex,
): Promise<NodeRecord[]> {
  const nodes = await services.clusters.liveNodes(cluster.id, tx);
  return nodes.filter(({ state }) => state !== 'leaving');
}
