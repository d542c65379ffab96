import { StepError } from '../../engine/failures';
import type { Foreign } from './survey';

/** The failure that names a machine of somebody else, or one that was ours and was changed. */
export function refusal({ node, reason, kind }: Foreign): StepError {
  return kind === 'changed'
    ? new StepError('KUBESMITH-MACHINE-CONTRADICTION', {
        node: node.name,
        detail: `machine ${node.vmid}: ${reason}`,
      })
    : new StepError('KUBESMITH-VMID-FOREIGN', {
        vmid: node.vmid,
        node: node.name,
        detail: reason,
      });
}
