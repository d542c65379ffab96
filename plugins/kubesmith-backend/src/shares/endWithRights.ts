import type {
  LoggerService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import type { AuditTrail } from '../audit/AuditTrail';
import type { ClusterChanges } from '../clusters/ClusterChanges';
import type { ClusterStore } from '../database/ClusterStore';
import { GrantRights } from '../grants/GrantRights';
import type { GrantStore } from '../grants/GrantStore';
import { type GrantSweeper, SWEEP_SECONDS } from '../grants/GrantSweeper';
import type { KubesmithMetrics } from '../metrics/KubesmithMetrics';
import type { ClusterAccess } from '../permissions/ClusterAccess';
import type { ShareStore } from './ShareStore';

/** How soon the catalog learns that the time of a share is over. */
const OVERDUE_SECONDS = 2;

/**
 * Sets up what happens when a right ends: shares end in time, and kubeconfigs with the right that they were issued by.
 *
 * @returns does at once what else is done every {@link SWEEP_SECONDS}; never throws
 */
export async function endWithRights(deps: {
  access: Pick<ClusterAccess, 'ofPerson'>;
  audit: Pick<AuditTrail, 'byPlatform'>;
  changes: Pick<ClusterChanges, 'changed'>;
  clusters: ClusterStore;
  grants: GrantStore;
  logger: LoggerService;
  metrics: Pick<KubesmithMetrics, 'grant'>;
  scheduler: SchedulerService;
  shares: ShareStore;
  sweeper: Pick<GrantSweeper, 'sweep'>;
}): Promise<() => Promise<void>> {
  const { audit, changes, logger, scheduler, shares, sweeper } = deps;
  const rights = new GrantRights({
    ...deps,
    onEnd: async (grant, cluster, reason) => {
      deps.metrics.grant({ event: 'revoked', role: grant.role });
      await audit.byPlatform({
        noun: 'grant',
        verb: 'revoke',
        severityLevel: 'medium',
        meta: {
          clusterId: cluster.id,
          environment: cluster.environment,
          grantId: grant.id,
          user: grant.userRef,
          role: grant.role,
          reason,
        },
      });
    },
  });
  const turn = async () => {
    await rights.check();
    await sweeper.sweep();
  };
  const often = {
    frequency: { seconds: SWEEP_SECONDS },
    initialDelay: { seconds: SWEEP_SECONDS },
    timeout: { minutes: 5 },
  };
  // Apart from each other: what has to end already must not wait for policies that do not answer.
  await scheduler.scheduleTask({
    ...often,
    id: 'kubesmith-ended-kubeconfigs',
    fn: () => sweeper.sweep(),
  });
  await scheduler.scheduleTask({
    ...often,
    id: 'kubesmith-ended-rights',
    fn: turn,
  });
  await scheduler.scheduleTask({
    id: 'kubesmith-ended-shares',
    // Each replica for itself: which one tells of a share, the database decides.
    scope: 'local',
    frequency: { seconds: OVERDUE_SECONDS },
    timeout: { minutes: 1 },
    fn: async () => {
      for (const id of await shares.endOverdue()) changes.changed(id);
    },
  });
  return async () => {
    await turn().catch(error => {
      logger.error(
        'Kubeconfigs of an ended right wait for the next turn',
        error,
      );
    });
  };
}
