import { StepError } from '../../engine/failures';
import type { Evidence } from '../../engine/records';
import { withAll } from '../power/ownMachines';
import { startMachines } from '../power/startUp';
import { waitForNodes } from '../power/wake';
import type { Context } from '../services';
import { verifyCluster } from '../verifyCluster';
import {
  performTask,
  settledSnapshots,
  snapshotMachines,
  snapshotOf,
} from './snapshotMachines';

/**
 * Gives all machines the disks that they had. What is on the disks now is lost. Doing it again gives the same: nothing is started
 * before all are back.
 */
export async function rollBackMachines(context: Context): Promise<Evidence> {
  const { services, cluster, event, journal, progress, signal } = context;
  const { proxmox } = services;
  const snapshot = await snapshotOf(context);
  const machines = await snapshotMachines(context, snapshot);
  // All of them, before the first one loses what it has.
  for (const machine of machines) {
    const present = await settledSnapshots(context, machine);
    if (!present.has(snapshot.name))
      throw new StepError('KUBESMITH-SNAPSHOT-GONE', {
        detail: `Proxmox has it no more of ${machine.node.name}`,
      });
  }
  services.ssh.closeCluster(cluster.id);
  await journal(async tx => {
    await services.clusters.update(cluster.id, { spec: snapshot.spec }, tx);
    const ended = await services.grants.endAgain(
      cluster.id,
      snapshot.takenAt ?? snapshot.createdAt,
      tx,
    );
    if (ended > 0)
      await services.operations.insertEvent(tx, context.operation.id, {
        level: 'info',
        message: `${ended} kubeconfigs that were ended since then end once more`,
      });
    for (const { node } of machines)
      await services.clusters.updateNode(
        cluster.id,
        node.name,
        { state: 'stopped' },
        tx,
      );
  });
  let back = 0;
  try {
    await withAll(machines, async ({ host, node }) => {
      await performTask(context, () =>
        proxmox.rollBack(host, node.vmid, snapshot.name, { signal }),
      );
      back += 1;
      progress({
        message: `${back} of ${machines.length} machines`,
        percent: Math.round((back / machines.length) * 100),
      });
      event({ node: node.name, message: `${node.name} has its disk of then` });
    });
  } finally {
    // Once more: what was ended in the cluster as it was until just now came back with the disks.
    await journal(tx =>
      services.grants.endAgain(
        cluster.id,
        snapshot.takenAt ?? snapshot.createdAt,
        tx,
      ),
    );
  }
  return { machines: machines.map(({ node }) => node.name) };
}

/** The control plane first; the workers are of no use before the API answers. */
export async function startAfterRollBack(context: Context): Promise<Evidence> {
  const first = await startMachines(context, 'control-plane');
  const rest = await startMachines(context, 'worker');
  return { started: [first.started, rest.started].flat() };
}

/** Every node has been heard of since, and is well. */
export async function verifyAfterRollBack(context: Context): Promise<Evidence> {
  await waitForNodes(context);
  return verifyCluster(context);
}
