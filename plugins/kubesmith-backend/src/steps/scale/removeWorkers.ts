import type { EnvironmentConfig } from '../../config/types';
import type { NodeRecord } from '../../database/records';
import type { Evidence } from '../../engine/records';
import { SSH_KEY_SECRET } from '../../orders/clusterKeys';
import { publicKeyOf } from '../../tools/ssh/keys';
import { clusterVariables } from '../../tools/terraform/variables';
import { writeClusterCard } from '../clusterCard';
import { checkPrivileges, neededToRemove } from '../machines/privileges';
import { refusal } from '../machines/refusal';
import { surveySettled } from '../machines/survey';
import { asFarAsKnown } from '../removal/asFarAsKnown';
import { isDoubtful } from '../removal/doubt';
import { proveGone } from '../removal/proveGone';
import { removeDirectly } from '../removal/removeDirectly';
import {
  type Context,
  environmentOf,
  secretOf,
  terraformOf,
} from '../services';
import { tellPutAside } from '../tellPutAside';
import { verifyCluster } from '../verifyCluster';
import { leavingWorkers } from './drainWorkers';
import { wasReady } from './input';

/**
 * Removes the machines of workers that left the cluster, one after the other, by our own calls: a run of Terraform would look at
 * all the others too. An address comes free when Proxmox says that its machine and disks are gone. A cluster that was not well is
 * verified without them.
 */
export async function removeWorkers(context: Context): Promise<Evidence> {
  const { services, signal } = context;
  const environment = await environmentOf(context);
  await checkPrivileges(services.proxmox, neededToRemove(environment), signal);
  const leaving = await leavingWorkers(context);
  for (const node of leaving) {
    // Between two workers is a safe point to stop.
    signal.throwIfAborted();
    await removeWorker(context, node, environment);
  }
  // Whether it is well without them nobody knows yet.
  if (!wasReady(context.operation)) await verifyCluster(context);
  return {
    removed: leaving.map(({ name, vmid, ipAddress }) => ({
      node: name,
      vmid,
      address: ipAddress,
    })),
  };
}

async function removeWorker(
  context: Context,
  node: NodeRecord,
  environment: EnvironmentConfig,
): Promise<void> {
  const { cluster, event, journal, progress, services, signal } = context;
  progress({ message: `Removing ${node.name}`, node: node.name });
  const [finding] = await surveySettled({
    proxmox: services.proxmox,
    nodes: [asFarAsKnown(node)],
    environmentPool: environment.proxmox.pool,
    signal,
    onWait: message => progress({ message, node: node.name }),
  });
  if (finding.state === 'foreign') {
    if (isDoubtful(finding)) throw refusal(finding);
    event({
      level: 'warn',
      node: node.name,
      message: `Machine ${node.vmid} is not ours and was left alone: ${finding.reason}`,
    });
  }
  await forgetInTerraform(context, node, environment);
  await removeDirectly(context, node, environment);
  await proveGone(context, [node]);
  await journal(async tx => {
    await services.pools.release(cluster.id, tx, [node.name]);
    await services.clusters.removeNodes(tx, cluster.id, [node.name]);
  });
  // Also the connection to what is not there any more.
  services.ssh.closeCluster(cluster.id);
  await writeClusterCard(context);
  event({
    node: node.name,
    message: `${node.name} is removed; its address ${node.ipAddress} is free again`,
  });
}

/** Else its next run would look for a machine that is not there. */
async function forgetInTerraform(
  context: Context,
  node: NodeRecord,
  environment: EnvironmentConfig,
): Promise<void> {
  const { cluster, operation, services, signal } = context;
  const terraform = terraformOf(context);
  const nodes = await services.clusters.liveNodes(cluster.id);
  const { state, putAside } = await terraform.state({ nodes });
  tellPutAside(context, putAside);
  if (!state.machines.some(machine => machine.node === node.name)) return;
  await terraform.forget(node.name, {
    variables: clusterVariables({
      cluster,
      nodes,
      environment,
      operationId: operation.id,
      sshPublicKey: publicKeyOf(await secretOf(context, SSH_KEY_SECRET)),
      adopt: {},
    }),
    signal,
  });
}
