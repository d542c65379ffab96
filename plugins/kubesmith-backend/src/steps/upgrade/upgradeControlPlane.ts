import { untilSafePoint } from '../../engine/stop';
import type { Evidence } from '../../engine/records';
import type { Context } from '../services';
import { runStage, upgradeInput } from './stage';
import type { UpgradeTools } from './upgradeNodes';

/**
 * Has kubeadm raise etcd, the API and what belongs to them. From then on the record names the new version: new workers get it, and
 * nodes that do not have it yet are shown as what differs. A cancellation waits for the end of it.
 */
export async function upgradeControlPlane(
  context: Context,
  tools: Pick<UpgradeTools, 'runStage'> = { runStage },
): Promise<Evidence> {
  const { cluster, event, journal, operation, services, signal } = context;
  const { kubernetesVersion } = upgradeInput(operation);
  const { changedTasks } = await tools.runStage(
    { ...context, signal: untilSafePoint(signal) },
    { stage: 'control-plane' },
  );
  await journal(tx =>
    services.clusters.setKubernetesVersion(tx, cluster.id, kubernetesVersion),
  );
  event({ message: `The control plane has Kubernetes ${kubernetesVersion}` });
  return { kubernetesVersion, changedTasks };
}
