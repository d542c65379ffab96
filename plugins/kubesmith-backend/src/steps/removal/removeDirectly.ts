import type { EnvironmentConfig } from '../../config/types';
import type { NodeRecord } from '../../database/records';
import { StepError } from '../../engine/failures';
import type { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import { survey } from '../machines/survey';
import type { Context } from '../services';
import { asFarAsKnown } from './asFarAsKnown';

const TASK_LIMIT_MS = 3 * 60_000;

/** Removes one machine by our own calls, after proving once more that it is ours. */
export async function removeDirectly(
  context: Context,
  node: NodeRecord,
  environment: EnvironmentConfig,
): Promise<void> {
  const { services, signal, journal, event } = context;
  const isRemoved = await removeProven({
    proxmox: services.proxmox,
    node,
    pool: environment.proxmox.pool,
    signal,
    beforeEffect: () => journal(async () => {}),
  });
  if (isRemoved)
    event({ node: node.name, message: `${node.name} was removed` });
}

/**
 * Stops and removes the machine of a node when it is proven ours at this moment.
 *
 * @param options.pool - the environment's Proxmox pool
 * @param options.beforeEffect - fails when the caller may not go on
 * @returns whether there was such a machine
 * @throws StepError KUBESMITH-MACHINE-LOCKED while Proxmox works on it
 */
export async function removeProven(options: {
  proxmox: Pick<
    ProxmoxClient,
    | 'deleteVm'
    | 'isFree'
    | 'stopVm'
    | 'vmConfig'
    | 'vmStatus'
    | 'vms'
    | 'waitForTask'
  >;
  node: NodeRecord;
  pool: string;
  signal: AbortSignal;
  beforeEffect: () => Promise<void>;
}): Promise<boolean> {
  const { proxmox, node, pool, signal, beforeEffect } = options;
  const [finding] = await survey(proxmox, [asFarAsKnown(node)], pool, signal);
  if (finding.state !== 'ours') return false;
  const { vm } = finding;
  const { status, lock } = await proxmox.vmStatus(vm.node, vm.vmid, { signal });
  if (lock)
    throw new StepError('KUBESMITH-MACHINE-LOCKED', { node: node.name, lock });
  await beforeEffect();
  if (status !== 'stopped') {
    await proxmox.waitForTask(
      await proxmox.stopVm(vm.node, vm.vmid, { signal }),
      { timeoutMs: TASK_LIMIT_MS, signal },
    );
  }
  await proxmox.waitForTask(
    await proxmox.deleteVm(vm.node, vm.vmid, { signal }),
    { timeoutMs: TASK_LIMIT_MS, signal },
  );
  return true;
}
