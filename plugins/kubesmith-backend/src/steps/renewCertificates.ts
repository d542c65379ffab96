import type { Evidence } from '../engine/records';
import { runPlaybook } from './runPlaybook';
import type { Context } from './services';

/** Renews the control plane's certificates. Evidence: when they ended before, by node, and when they end now. */
export async function renewCertificates(context: Context): Promise<Evidence> {
  const { changedTasks, reports } = await runPlaybook(context, 'renew');
  const told = [...reports];
  return {
    changedTasks,
    before: Object.fromEntries(told.map(([node, all]) => [node, all[0]])),
    after: Object.fromEntries(told.map(([node, all]) => [node, all.at(-1)])),
  };
}
