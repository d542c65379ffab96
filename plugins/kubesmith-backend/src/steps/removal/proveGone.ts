import type { NodeRecord } from '../../database/records';
import { StepError } from '../../engine/failures';
import { PveError } from '../../tools/proxmox/PveError';
import { checkPrivileges, neededToRemove } from '../machines/privileges';
import { refusal } from '../machines/refusal';
import { surveySettled } from '../machines/survey';
import { type Context, environmentOf } from '../services';
import { isDoubtful } from './doubt';

/**
 * Makes sure that Proxmox knows neither machines nor disks of the nodes any more.
 *
 * @throws StepError KUBESMITH-MACHINES-REMAIN, or why nobody can tell
 */
export async function proveGone(
  context: Context,
  nodes: NodeRecord[],
): Promise<void> {
  const { services, signal } = context;
  const { proxmox } = services;
  const environment = await environmentOf(context);
  await checkPrivileges(proxmox, neededToRemove(environment), signal);
  const findings = await surveySettled({
    proxmox,
    nodes,
    environmentPool: environment.proxmox.pool,
    signal,
  });
  for (const finding of findings) {
    const { node, state } = finding;
    if (finding.state === 'foreign' && isDoubtful(finding))
      throw refusal(finding);
    if (state === 'ours')
      throw new StepError('KUBESMITH-MACHINES-REMAIN', {
        detail: `the machine ${node.name}`,
      });
    // The disks of a stranger's machine are the stranger's.
    if (state !== 'absent') continue;
    const volumes = await proxmox
      .volumes(node.host, environment.proxmox.datastore, node.vmid, { signal })
      .catch(error => {
        // A host that was taken out of the cluster has no disks of ours that could be asked for.
        if (error instanceof PveError && error.isMissing) return [];
        throw error;
      });
    if (volumes.length > 0) {
      throw new StepError('KUBESMITH-MACHINES-REMAIN', {
        detail: `the disk ${volumes[0]} of ${node.name}`,
      });
    }
  }
}
