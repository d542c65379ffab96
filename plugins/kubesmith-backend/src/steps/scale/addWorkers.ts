import type { Evidence } from '../../engine/records';
import { installKubernetes } from '../installKubernetes';
import { createMachines } from '../machines/createMachines';
import type { Context } from '../services';
import { verifyCluster } from '../verifyCluster';
import { comingWorkers } from './input';

/** Makes the machines of the workers that come; those that are there stay as they are. */
export async function createWorkers(context: Context): Promise<Evidence> {
  return createMachines(context, { only: comingWorkers(context.operation) });
}

/** Runs the playbook on the control plane and on the workers that come, so that a worker that is broken does not keep others away. */
export async function joinWorkers(context: Context): Promise<Evidence> {
  return installKubernetes(context, { only: comingWorkers(context.operation) });
}

/** Waits until the workers that come are ready. */
export async function verifyWorkers(context: Context): Promise<Evidence> {
  return verifyCluster(context, { only: comingWorkers(context.operation) });
}
