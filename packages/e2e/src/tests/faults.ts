import type { Instance } from '@kubesmith/lab/src/instance/Instance.ts';
import type { FaultRequest } from '@kubesmith/lab/src/proxmox/faults.ts';
import { labControl } from './labControl.ts';

/** Lets something go wrong in the Proxmox API double. */
export async function addFault(
  instance: Instance,
  fault: FaultRequest,
): Promise<void> {
  await labControl(instance, 'POST', 'faults', fault);
}

/** Nothing goes wrong any more. */
export async function clearFaults(instance: Instance): Promise<void> {
  await labControl(instance, 'DELETE', 'faults');
}
