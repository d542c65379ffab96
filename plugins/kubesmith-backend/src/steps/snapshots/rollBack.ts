import type { Knex } from 'knex';
import type { NodeRecord } from '../../database/records';
import { StepError, toStepError } from '../../engine/failures';
import type { Evidence } from '../../engine/records';
import type { SnapshotRecord } from '../../snapshots/records';
import { PveError } from '../../tools/proxmox/PveError';
import { type OwnMachine, settledPower, withAll } from '../power/ownMachines';
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
  const { cluster, services } = context;
  try {
    return await rollBackAll(context);
  } catch (error) {
    const refused = error instanceof StepError || error instanceof PveError;
    if (!refused) throw error;
    const failed = toStepError(error);
    const nodes = await services.clusters.liveNodes(cluster.id);
    failed.changedNothing = nodes.every(({ state }) => state !== 'stopped');
    throw failed;
  }
}

async function rollBackAll(context: Context): Promise<Evidence> {
  const { services, cluster, event, journal, operation, progress } = context;
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
  const endAgain = (tx: Knex.Transaction) =>
    services.grants.endAgain(
      cluster.id,
      snapshot.takenAt ?? snapshot.createdAt,
      tx,
    );
  await journal(async tx => {
    const ended = await endAgain(tx);
    if (ended > 0)
      await services.operations.insertEvent(tx, operation.id, {
        level: 'info',
        message: `${ended} kubeconfigs that were ended since then end once more`,
      });
  });
  let back = 0;
  try {
    await withAll(machines, async machine => {
      await rollBackOne(context, machine, snapshot);
      const { name } = machine.node;
      back += 1;
      progress({
        message: `${back} of ${machines.length} machines`,
        percent: Math.round((back / machines.length) * 100),
      });
      event({ node: name, message: `${name} has its disk of then` });
    });
  } finally {
    // Once more: what was ended in the cluster as it was until just now came back with the disks.
    await journal(endAgain);
  }
  return { machines: machines.map(({ node }) => node.name) };
}

/** Its node counts as stopped from before it loses its disk, unless Proxmox refused and it provably goes on as it was. */
async function rollBackOne(
  context: Context,
  machine: OwnMachine,
  snapshot: SnapshotRecord,
): Promise<void> {
  const { cluster, journal, services, signal } = context;
  const { host, node } = machine;
  const note = (state: NodeRecord['state']) =>
    journal(tx =>
      services.clusters.updateNode(cluster.id, node.name, { state }, tx),
    );
  await note('stopped');
  try {
    await performTask(context, () =>
      services.proxmox.rollBack(host, node.vmid, snapshot.name, { signal }),
    );
  } catch (error) {
    if (await goesOnAsItWas(context, machine, error)) await note(node.state);
    throw error;
  }
  await journal(tx =>
    services.clusters.update(cluster.id, { spec: snapshot.spec }, tx),
  );
}

/** After a refusal. A rollback stops a machine before it touches a disk: one that runs kept what it had. */
async function goesOnAsItWas(
  context: Context,
  machine: OwnMachine,
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof PveError) || error.class === 'ambiguous') return false;
  try {
    await settledSnapshots(context, machine);
    return (await settledPower(context, machine)) === 'running';
  } catch (problem) {
    // It may have been changed: it stays noted as stopped.
    context.logger.warn(
      `Nobody knows whether ${machine.node.name} was changed`,
      toStepError(problem),
    );
    return false;
  }
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
