import { apiServerUrl } from '../clusters/apiServer';
import type { Evidence } from '../engine/records';
import type { Context } from './services';

/** Hands the cluster over: from now on nothing on its nodes is ever reset, and its owner is told. */
export async function activateCluster(context: Context): Promise<Evidence> {
  const { services, cluster, journal, event, logger } = context;
  await journal(tx => services.clusters.markReady(cluster.id, tx));
  event({ message: `The cluster '${cluster.name}' is ready` });
  try {
    await services.notifyReady(cluster);
  } catch (error) {
    logger.warn('The owner could not be notified', error as Error);
  }
  return { apiServerUrl: apiServerUrl(cluster) };
}
