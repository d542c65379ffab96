import type { Evidence } from '../../engine/records';
import { isKnownNode } from '../drain/drainNode';
import { withCurrentGate } from '../drain/withCurrentGate';
import { controlPlaneOf } from '../onNode';
import type { Context } from '../services';
import { runStage } from './stage';

/**
 * Looks at every node before anything changes: versions, packages of the new one, room, certificates, kubelets, the API and etcd.
 * What is in the way of one node is in the way of all.
 */
export async function checkNodes(context: Context): Promise<Evidence> {
  const { name } = await controlPlaneOf(context);
  // The gate of an old cluster must let through what comes later, and can only be renewed while all nodes have one version.
  await withCurrentGate(context, () => isKnownNode(context, name));
  const { reports } = await runStage(context, { stage: 'check' });
  return { found: Object.fromEntries(reports) };
}
