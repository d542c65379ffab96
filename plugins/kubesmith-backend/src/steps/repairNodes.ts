import type { Evidence } from '../engine/records';
import { runPlaybook } from './runPlaybook';
import type { Context } from './services';

/** Runs everything that made the nodes once more: what is as it should be stays, what is missing or changed comes back. */
export async function repairNodes(context: Context): Promise<Evidence> {
  const { changedTasks } = await runPlaybook(context, 'repair');
  return { changedTasks };
}
