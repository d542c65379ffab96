import type { Evidence } from '../../engine/records';
import { isQuiet } from '../../power/PlatformPower';
import type { Context } from '../services';
import { shutDownMachines } from './shutDown';

/** The workers go first: the API goes on answering until nothing runs any more. */
export async function stopWorkers(context: Context): Promise<Evidence> {
  return shutDownMachines(context, 'worker');
}

/** The control plane goes last; then the cluster sleeps, and its owner is told. */
export async function stopControlPlane(context: Context): Promise<Evidence> {
  const evidence = await shutDownMachines(context, 'control-plane');
  const { cluster, event, operation, services } = context;
  event({ message: `The cluster '${cluster.name}' sleeps` });
  if (!isQuiet(operation))
    await services.tellOwner(
      cluster,
      {
        title: `The cluster ${cluster.name} sleeps`,
        description: `Its machines are switched off${
          operation.input?.reason ? `: ${operation.input.reason}` : ''
        }. Everything on it is kept. Wake it on its page.`,
      },
      'power',
    );
  return evidence;
}
