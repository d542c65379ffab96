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
  const { services, cluster, event, journal, progress } = context;
  const snapshot = await snapshotOf(context);
  const machines = await snapshotMachines(context, snapshot);
  await journal(tx => services.snapshots.begin(snapshot.id, tx));
  let taken = 0;
  await withAll(machines, async machine => {
    await takeOne(context, machine, snapshot.name);
    taken += 1;
    progress({
      message: `${taken} of ${machines.length} machines`,
      percent: Math.round((taken / machines.length) * 100),
    });
  });
  await journal(tx => services.snapshots.setState(snapshot.id, 'kept', tx));
  event({ message: `'${snapshot.label}' is kept` });
  return { machines: machines.map(({ node }) => node.name) };

  async function takeOne(
    own: Context,
    { host, node }: OwnMachine,
    name: string,
  ) {
    const { proxmox } = services;
    const present = await settledSnapshots(own, { host, node });
    if (present.has(name)) return;
    await performTask(own, () =>
      proxmox.takeSnapshot(
        host,
        node.vmid,
        {
          name,
          description: `Kubesmith: ${cluster.environment}/${cluster.name}`,
        },
        { signal: own.signal },
      ),
    );
  }
}
