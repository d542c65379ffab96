import type { Evidence } from '../../engine/records';
import { installKubernetes } from '../installKubernetes';
import { createMachines } from '../machines/createMachines';
import type { Context } from '../services';
import { stayingNodes } from '../stayingNodes';
import { verifyCluster } from '../verifyCluster';
import { comingWorkers, scaleInput, wasReady } from './input';

/** Makes the machines of the workers that come; those that are there stay as they are, and those that leave may be broken. */
export async function createWorkers(context: Context): Promise<Evidence> {
  const { operation } = context;
  return createMachines(context, {
    only: comingWorkers(operation),
    without: scaleInput(operation).removed,
  });
}

/** Runs the playbook on the control plane and on the workers that come, so that a worker that is broken does not keep others away. */
export async function joinWorkers(context: Context): Promise<Evidence> {
  return installKubernetes(context, { only: comingWorkers(context.operation) });
}

/** Waits until the workers that come are ready; if the cluster was not well, until all are but those that leave. */
export async function verifyWorkers(context: Context): Promise<Evidence> {
  const { operation } = context;
  if (wasReady(operation))
    return verifyCluster(context, { only: comingWorkers(operation) });
  const { removed } = scaleInput(operation);
  const staying = (await stayingNodes(context)).map(({ name }) => name);
  return verifyCluster(context, {
    only: staying.filter(name => !removed.includes(name)),
  });
}
