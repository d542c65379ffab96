import type { SchedulerService } from '@backstage/backend-plugin-api';
import { ConditionStore } from './ConditionStore';
import {
  ConditionWatcher,
  type ConditionWatcherDeps,
} from './ConditionWatcher';

const EVERY_MINUTES = 5;

/** Makes what looks into ready clusters, and has it look every five minutes, on one replica. */
export async function createConditions(
  deps: Omit<ConditionWatcherDeps, 'store'> & { scheduler: SchedulerService },
) {
  const conditions = new ConditionStore(deps.knex);
  const watcher = new ConditionWatcher({ ...deps, store: conditions });
  await deps.scheduler.scheduleTask({
    id: 'kubesmith-conditions',
    frequency: { minutes: EVERY_MINUTES },
    initialDelay: { seconds: 30 },
    timeout: { minutes: 15 },
    fn: signal => watcher.look(signal as AbortSignal),
  });
  return { conditions, conditionWatcher: watcher };
}
