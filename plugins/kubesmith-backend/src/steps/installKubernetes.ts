import type { Evidence } from '../engine/records';
import { runPlaybook } from './runPlaybook';
import type { Context } from './services';

/** Makes the machines a cluster, or brings what is missing; follows the run that an earlier process began. */
export async function installKubernetes(
  context: Context,
  options: {
    /** The workers to work on besides the control plane; all, if absent. Never none: then the control plane takes their part. */
    only?: string[];
  } = {},
): Promise<Evidence> {
  const { changedTasks } = await runPlaybook(context, 'site', {}, options.only);
  return { changedTasks };
}
