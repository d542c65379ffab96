import { randomUUID } from 'node:crypto';
import { Kubectl } from '../client/Kubectl.ts';
import type { Cluster, PortalClient } from '../client/PortalClient.ts';
import { ENVIRONMENT, type Setting, waitForPhase } from './Setting.ts';

const LIMIT_MS = 15 * 60_000;

/** A cluster on which something can be tried, its owner’s portal, and kubectl with a kubeconfig of theirs. */
export type ReadyCluster = {
  student: PortalClient;
  cluster: Cluster;
  kubectl: Kubectl;
};

/**
 * Orders a cluster of small machines for the first student, and waits until it is ready.
 *
 * @throws Error when it fails, or is not ready within 15 minutes
 */
export async function readyCluster(
  setting: Setting,
  order: { name: string; workers: number; kubernetesVersion?: string },
): Promise<ReadyCluster> {
  const student = await setting.as('student-1');
  const ordered = await student.order({
    environment: ENVIRONMENT,
    size: 'small',
    requestId: randomUUID(),
    ...order,
  });
  const cluster = await waitForPhase(
    student,
    ordered.cluster.id,
    'ready',
    LIMIT_MS,
  );
  const { kubeconfig } = await student.issueGrant(cluster.id);
  const kubectl = await Kubectl.with(
    setting.instance,
    cluster.name,
    kubeconfig,
  );
  return { student, cluster, kubectl };
}
