import type { NodeRole } from '@kubesmith/plugin-kubesmith-common';
import { StepError } from '../../engine/failures';
import type { Evidence } from '../../engine/records';
import { SSH_KEY_SECRET } from '../../orders/clusterKeys';
import { PveError } from '../../tools/proxmox/PveError';
import { waitForGuests } from '../machines/guests';
import { type Context, secretOf } from '../services';
import { checkGuest } from './checkGuest';
import {
  type OwnMachine,
  ownMachines,
  settledPower,
  withAll,
} from './ownMachines';

const TASK_LIMIT_MS = 5 * 60_000;

/**
 * Switches the machines of one role on, waits until their systems are up with the host keys that are pinned, and looks at
 * their clocks and certificates.
 *
 * @param only - those of these nodes; all, if absent
 * @throws StepError KUBESMITH-MACHINE-GONE when a machine is not there any more
 */
export async function startMachines(
  context: Context,
  role: NodeRole,
  only?: readonly string[],
): Promise<Evidence> {
  const { services, cluster, progress } = context;
  const privateKey = await secretOf(context, SSH_KEY_SECRET);
  progress({ message: 'Looking at the machines' });
  const { machines, missing } = await ownMachines(context, role, only);
  if (missing.length > 0)
    throw new StepError('KUBESMITH-MACHINE-GONE', { node: missing[0].name });
  progress({ message: 'Switching the machines on' });
  await withAll(machines, machine => start(context, machine));

  const nodes = (await services.clusters.liveNodes(cluster.id)).filter(
    ({ name }) => machines.some(({ node }) => node.name === name),
  );
  await waitForGuests(context, nodes, privateKey);
  const up = (await services.clusters.liveNodes(cluster.id)).filter(
    ({ name }) => nodes.some(node => node.name === name),
  );
  progress({ message: 'Checking clocks and certificates' });
  await withAll(up, node => checkGuest(context, node, privateKey));
  return { started: up.map(({ name }) => name) };
}

async function start(context: Context, machine: OwnMachine): Promise<void> {
  const { services, cluster, journal, operation, signal } = context;
  const { host, node } = machine;
  const { proxmox } = services;
  const isOff = (await settledPower(context, machine)) === 'stopped';
  if (!isOff && node.state !== 'stopped') return;
  // The last look at the lease before something is changed.
  await journal(async () => {});
  await proxmox.setOnBoot(host, node.vmid, true, { signal });
  if (isOff) await switchOn(context, machine);
  await journal(async tx => {
    await services.clusters.updateNode(
      cluster.id,
      node.name,
      { state: 'running' },
      tx,
    );
    await services.operations.insertEvent(tx, operation.id, {
      node: node.name,
      level: 'info',
      message: `${node.name} was switched on`,
    });
  });
}

async function switchOn(
  { services, signal }: Context,
  { host, node }: OwnMachine,
): Promise<void> {
  const { proxmox } = services;
  const upid = await proxmox.startVm(host, node.vmid, { signal });
  try {
    await proxmox.waitForTask(upid, { timeoutMs: TASK_LIMIT_MS, signal });
  } catch (error) {
    if (!(error instanceof PveError)) throw error;
    // Somebody else was faster: it runs, which is what was wanted.
    const { status } = await proxmox.vmStatus(host, node.vmid, { signal });
    if (status === 'stopped') throw error;
  }
}
