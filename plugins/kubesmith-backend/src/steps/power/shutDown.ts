import type { NodeRole } from '@kubesmith/plugin-kubesmith-common';
import type { Evidence } from '../../engine/records';
import { PveError } from '../../tools/proxmox/PveError';
import { refusal } from '../machines/refusal';
import { survey } from '../machines/survey';
import { type Context, environmentOf } from '../services';
import {
  type OwnMachine,
  ownMachines,
  settledPower,
  withAll,
} from './ownMachines';

/** What a system is given to shut down. */
const CLEAN_SECONDS = 120;
const TASK_LIMIT_MS = 60_000;
/** Its "got timeout" is not the one of a lock. */
const SYSTEM_SILENT = /powerdown failed/i;

/**
 * Switches the machines of one role off: asks their systems to shut down, and cuts the power of those that do not within two
 * minutes. A machine that is off is noted as stopped, and does not come up when its host does.
 *
 * @param only - those of these nodes; all, if absent
 */
export async function shutDownMachines(
  context: Context,
  role: NodeRole,
  only?: readonly string[],
): Promise<Evidence> {
  const { services, cluster, event, progress } = context;
  services.ssh.closeCluster(cluster.id);
  progress({ message: 'Looking at the machines' });
  const { machines, missing } = await ownMachines(context, role, only);
  for (const { name } of missing)
    event({
      level: 'warn',
      node: name,
      message: `${name} has no machine any more: there is nothing to switch off`,
    });
  let off = 0;
  const show = () =>
    progress({
      message: `${off} of ${machines.length} machines are off`,
      percent: Math.round((off / Math.max(1, machines.length)) * 100),
    });
  show();
  await withAll(machines, async machine => {
    await shutDown(context, machine);
    off += 1;
    show();
  });
  return { stopped: machines.map(({ node }) => node.name) };
}

async function shutDown(context: Context, machine: OwnMachine): Promise<void> {
  const { services, cluster, journal, operation, signal } = context;
  const { host, node } = machine;
  let how = 'is off';
  let level: 'info' | 'warn' = 'info';
  if ((await settledPower(context, machine)) === 'running') {
    // The last look at the lease before something is switched off.
    await journal(async () => {});
    if (await endsByItself(context, machine)) how = 'was shut down';
    else {
      await cutPower(context, machine);
      how = `did not shut down within ${CLEAN_SECONDS} s and was switched off`;
      level = 'warn';
    }
  } else if (node.state === 'stopped') return;
  // Else it would come up by itself when its host does.
  await services.proxmox.setOnBoot(host, node.vmid, false, { signal });
  await journal(async tx => {
    await services.clusters.updateNode(
      cluster.id,
      node.name,
      { state: 'stopped' },
      tx,
    );
    await services.operations.insertEvent(tx, operation.id, {
      node: node.name,
      level,
      message: `${node.name} ${how}`,
    });
  });
}

/** Whether the machine is off after its system was asked. */
async function endsByItself(
  { services, signal }: Context,
  { host, node }: OwnMachine,
): Promise<boolean> {
  const { proxmox } = services;
  const upid = await proxmox.shutdownVm(host, node.vmid, CLEAN_SECONDS, {
    signal,
  });
  try {
    await proxmox.waitForTask(upid, {
      timeoutMs: CLEAN_SECONDS * 1000 + TASK_LIMIT_MS,
      signal,
    });
  } catch (error) {
    const saidNo =
      error instanceof PveError &&
      error.call.startsWith('task ') &&
      (error.class === 'transient' || SYSTEM_SILENT.test(error.message));
    if (!saidNo) throw error;
  }
  const { status } = await proxmox.vmStatus(host, node.vmid, { signal });
  return status === 'stopped';
}

/** Only what is, at this moment, proven ours. */
async function cutPower(context: Context, { node }: OwnMachine): Promise<void> {
  const { services, signal, journal } = context;
  const { proxmox } = services;
  const environment = await environmentOf(context);
  const [found] = await survey(
    proxmox,
    [node],
    environment.proxmox.pool,
    signal,
  );
  if (found.state === 'foreign') throw refusal(found);
  if (found.state !== 'ours') return;
  await journal(async () => {});
  await proxmox.waitForTask(
    await proxmox.stopVm(found.vm.node, found.vm.vmid, { signal }),
    { timeoutMs: TASK_LIMIT_MS, signal },
  );
}
