import { StepError } from '../../engine/failures';
import { installKubernetes } from '../installKubernetes';
import type { Context } from '../services';

/**
 * Asks a cluster for something that the kubectl gate of its control plane may be too old to let through: then the playbook runs
 * once, which brings the gate of today, and the question is asked again.
 */
export async function withCurrentGate<T>(
  context: Context,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const isOld =
      error instanceof StepError &&
      error.failure.code === 'KUBESMITH-NODE-REFUSED';
    if (!isOld) throw error;
    context.event({
      message:
        'The cluster was set up by an older portal: the playbook runs on it first',
    });
    await installKubernetes(context);
    return ask();
  }
}
