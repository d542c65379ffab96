import type { Evidence } from '../../engine/records';
import { ownMachines, withAll } from '../power/ownMachines';
import type { Context } from '../services';
import { performTask, settledSnapshots, snapshotOf } from './snapshotMachines';

/** Removes a snapshot from all machines that (still) have it, also one that is not whole. */
export async function removeSnapshot(context: Context): Promise<Evidence> {
  const { services, event, journal, operation, signal } = context;
  const { proxmox } = services;
  const id = String(operation.input?.snapshotId);
  if (!(await services.snapshots.get(context.cluster.id, id))) return {};
  const snapshot = await snapshotOf(context);
  const machines = [
    ...(await ownMachines(context, 'control-plane')).machines,
    ...(await ownMachines(context, 'worker')).machines,
  ];
  await journal(tx => services.snapshots.setState(id, 'removing', tx));
  await withAll(machines, async machine => {
    const present = await settledSnapshots(context, machine);
    if (!present.has(snapshot.name)) return;
    await performTask(context, () =>
      proxmox.removeSnapshot(machine.host, machine.node.vmid, snapshot.name, {
        signal,
      }),
    );
  });
  await journal(tx => services.snapshots.remove(id, tx));
  event({ message: `'${snapshot.label}' is removed` });
  return {};
}
