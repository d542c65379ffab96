import { rm } from 'node:fs/promises';
import type { NodeRecord } from '../../database/records';
import { StepError } from '../../engine/failures';
import type { Evidence } from '../../engine/records';
import { PveError } from '../../tools/proxmox/PveError';
import { checkPrivileges, neededToRemove } from '../machines/privileges';
import { surveySettled } from '../machines/survey';
import { refusal } from '../machines/refusal';
import {
  ansibleOf,
  clusterDirectory,
  type Context,
  environmentOf,
  terraformOf,
} from '../services';
import { isDoubtful } from './doubt';

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
    await services.secrets.delete(cluster.id, undefined, tx);
    await services.workspaces.forget(cluster.id, tx);
    await services.clusters.markDeleted(cluster.id, tx);
  });
  event({ message: `The cluster '${cluster.name}' is deleted` });
  return {
    addresses: [...nodes.map(({ ipAddress }) => ipAddress), cluster.vip],
  };
}

async function proveGone(context: Context, nodes: NodeRecord[]): Promise<void> {
  const { services, signal } = context;
  const { proxmox } = services;
  const environment = await environmentOf(context);
  await checkPrivileges(proxmox, neededToRemove(environment), signal);
  const findings = await surveySettled({
    proxmox,
    nodes,
    environmentPool: environment.proxmox.pool,
    signal,
  });
  for (const finding of findings) {
    const { node, state } = finding;
    if (finding.state === 'foreign' && isDoubtful(finding))
      throw refusal(finding);
    if (state === 'ours')
      throw new StepError('KUBESMITH-MACHINES-REMAIN', {
        detail: `the machine ${node.name}`,
      });
    // The disks of a stranger's machine are the stranger's.
    if (state !== 'absent') continue;
    const volumes = await proxmox
      .volumes(node.host, environment.proxmox.datastore, node.vmid, { signal })
      .catch(error => {
        // A host that was taken out of the cluster has no disks of ours that could be asked for.
        if (error instanceof PveError && error.isMissing) return [];
        throw error;
      });
    if (volumes.length > 0) {
      throw new StepError('KUBESMITH-MACHINES-REMAIN', {
        detail: `the disk ${volumes[0]} of ${node.name}`,
      });
    }
  }
}
