import type { Knex } from 'knex';
import { isPresent } from '../clusters/isPresent';
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

/** Of them those that the cluster has; all, while it is being made. */
export async function presentNodes(
  context: Pick<Context, 'services' | 'cluster' | 'operation'>,
): Promise<NodeRecord[]> {
  const nodes = await stayingNodes(context);
  return context.operation.kind === 'create' ? nodes : nodes.filter(isPresent);
}
