import type { EnvironmentConfig } from '../../config/types';
import type { NodeRecord } from '../../database/records';
import { StepError } from '../../engine/failures';
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
  const { proxmox } = services;
  const [finding] = await survey(
    proxmox,
    [asFarAsKnown(node)],
    environment.proxmox.pool,
    signal,
  );
  if (finding.state !== 'ours') return;
  const { vm } = finding;
  const { status, lock } = await proxmox.vmStatus(vm.node, vm.vmid, { signal });
  if (lock)
    throw new StepError('KUBESMITH-MACHINE-LOCKED', { node: node.name, lock });
  await journal(async () => {});
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
  event({ node: node.name, message: `${node.name} was removed` });
}
