import type { Evidence } from '../../engine/records';
import { type OwnMachine, withAll } from '../power/ownMachines';
import type { Context } from '../services';
import {
  performTask,
  settledSnapshots,
  snapshotMachines,
  snapshotOf,
} from './snapshotMachines';

/**
 * Takes a snapshot of all machines at the same time, without their memory: as if the power of all had failed at that moment. The
 * database of the cluster (etcd) is made for that; the guest agent has file systems written out before.
 */
export async function takeSnapshot(context: Context): Promise<Evidence> {
  const { services, cluster, event, journal, progress, signal } = context;
  const snapshot = await snapshotOf(context);
  const machines = await snapshotMachines(context, snapshot);
  if (!(await haveAll(context, machines, snapshot.name))) {
    await journal(tx => services.snapshots.begin(snapshot.id, tx));
    let taken = 0;
    await withAll(machines, async machine => {
      await performTask(context, () =>
        services.proxmox.takeSnapshot(
          machine.host,
          machine.node.vmid,
          {
            name: snapshot.name,
            description: `Kubesmith: ${cluster.environment}/${cluster.name}`,
          },
          { signal },
        ),
      );
      taken += 1;
      progress({
        message: `${taken} of ${machines.length} machines`,
        percent: Math.round((taken / machines.length) * 100),
      });
    });
  }
  await journal(tx => services.snapshots.setState(snapshot.id, 'kept', tx));
  event({ message: `'${snapshot.label}' is kept` });
  return { machines: machines.map(({ node }) => node.name) };
}

/**
 * Whether all machines have the snapshot, from a process that died before it could say so. Where only some have it, an earlier try
 * failed on the others: theirs is of another moment, and is removed.
 */
async function haveAll(
  context: Context,
  machines: OwnMachine[],
  name: string,
): Promise<boolean> {
  const { event, services, signal } = context;
  const having: OwnMachine[] = [];
  await withAll(machines, async machine => {
    if ((await settledSnapshots(context, machine)).has(name))
      having.push(machine);
  });
  if (having.length === machines.length) return true;
  await withAll(having, async ({ host, node }) => {
    await performTask(context, () =>
      services.proxmox.removeSnapshot(host, node.vmid, name, { signal }),
    );
    event({
      node: node.name,
      message: `An earlier try took it of ${node.name} and not of all machines: it is taken again`,
    });
  });
  return false;
}
