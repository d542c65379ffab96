import type {
  LoggerService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import type { NotificationService } from '@backstage/plugin-notifications-node';
import type { KubesmithMetrics } from '../metrics/KubesmithMetrics';
import { clearFolders } from './clearFolders';
import { FindingNotices } from './FindingNotices';
import { FindingStore } from './FindingStore';
import { Reconciler, type ReconcilerDeps } from './Reconciler';

const EVERY_MINUTES = 5;
/** A replica looks by itself when nobody looked for so long. */
const REST_MS = 4 * 60_000;
const FIRST_AFTER_SECONDS = 20;

/** Makes the reconciler, and has it look soon after each start and every five minutes, on one replica at a time. */
export async function createReconciler(
  deps: Omit<ReconcilerDeps, 'notices' | 'store'> & {
    administrators: string[];
    dataDirectory: string;
    logger: LoggerService;
    notifications: NotificationService;
    metrics: Pick<KubesmithMetrics, 'openFindings'>;
    scheduler: SchedulerService;
  },
) {
  const findings = new FindingStore(deps.knex);
  const reconciler = new Reconciler({
    ...deps,
    notices: new FindingNotices(deps),
    store: findings,
  });
  deps.metrics.openFindings(() => findings.countOpen());
  let isFirst = true;
  await deps.scheduler.scheduleTask({
    id: 'kubesmith-reconciler',
    // Each replica asks, and the database says who looks: one that was started just now looks although another one did.
    scope: 'local',
    frequency: { minutes: EVERY_MINUTES },
    initialDelay: { seconds: FIRST_AFTER_SECONDS },
    timeout: { minutes: 30 },
    fn: async () => {
      const restMs = isFirst ? 0 : REST_MS;
      isFirst = false;
      await reconciler.look({ restMs });
      await clearFolders(deps);
    },
  });
  return { findings, reconciler };
}
