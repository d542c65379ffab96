import { writeCard } from '../restore/clusterCard';
import type { Context } from './services';

/** Keeps beside the workspace whose machines these are. */
export async function writeClusterCard({
  services,
  cluster: { id },
}: Context): Promise<void> {
  const { clusters, config } = services;
  const cluster = (await clusters.get(id))!;
  await writeCard(config.dataDirectory, cluster, await clusters.liveNodes(id));
}
