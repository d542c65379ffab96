import { rm } from 'node:fs/promises';
import type { Evidence } from '../../engine/records';
import {
  ansibleOf,
  clusterDirectory,
  type Context,
  terraformOf,
} from '../services';
import { proveGone } from './proveGone';

/**
 * Gives back what the cluster held. Nothing is freed before Proxmox says that machines and disks are gone: an address that is
 * given out again while its machine still runs breaks two clusters.
 */
export async function releaseCluster(context: Context): Promise<Evidence> {
  const { services, cluster, journal, progress, event } = context;
  const nodes = await services.clusters.liveNodes(cluster.id);
  progress({ message: 'Checking that nothing is left' });
  await proveGone(context, nodes);

  services.ssh.closeCluster(cluster.id);
  await ansibleOf(context).stop(context.signal);
  await terraformOf(context).stop(context.signal);
  await rm(clusterDirectory(services.config.dataDirectory, cluster.id), {
    recursive: true,
    force: true,
  });

  await journal(async tx => {
    await services.pools.release(cluster.id, tx);
    await services.backups.forget(tx, cluster.id);
    await services.secrets.delete(cluster.id, undefined, tx);
    await services.workspaces.forget(cluster.id, tx);
    await services.snapshots.removeAll(cluster.id, tx);
    await services.clusters.markDeleted(cluster.id, tx);
  });
  event({ message: `The cluster '${cluster.name}' is deleted` });
  return {
    addresses: [...nodes.map(({ ipAddress }) => ipAddress), cluster.vip],
  };
}
