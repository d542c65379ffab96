import type {
  LoggerService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import type { NotificationService } from '@backstage/plugin-notifications-node';
import type { Knex } from 'knex';
import type { AuditTrail } from '../audit/AuditTrail';
import type { ClusterChanges } from '../clusters/ClusterChanges';
import type { ClusterStore } from '../database/ClusterStore';
import type { OperationStore } from '../engine/OperationStore';
import type { Environments } from '../environments/Environments';
import { demandOfCluster } from '../orders/demandOf';
import type { CatalogPeople } from '../people/CatalogPeople';
import type { Quotas } from '../quotas/Quotas';
import type { KubesmithMetrics } from '../metrics/KubesmithMetrics';
import type { DeletionService } from '../orders/DeletionService';
import type { PlatformPower } from '../power/PlatformPower';
import { RestoreStore } from '../restore/RestoreStore';
import { DAY_MS } from '../time';
import { CLOCK_WATCH_SECONDS, ClockWatch } from './ClockWatch';
import { LeaseClock } from './LeaseClock';
import { LeaseService } from './LeaseService';
import { LeaseStore } from './LeaseStore';
import { LEASE_SWEEP_SECONDS, LeaseSweeper } from './LeaseSweeper';
import { NoticeStore } from './NoticeStore';
import { type FindLeaseRules, type FindQuotaLease, realTime } from './records';

/** Makes what gives clusters their time, and has the ends of clusters, and the clock, looked at every minute. */
export async function createLeases(deps: {
  administrators: string[];
  audit: AuditTrail;
  changes: ClusterChanges;
  clusters: ClusterStore;
  deletions: DeletionService;
  engine: { wake(): void };
  environments: Pick<Environments, 'find' | 'findIn'>;
  knex: Knex;
  logger: LoggerService;
  metrics: KubesmithMetrics;
  notifications: NotificationService;
  operations: OperationStore;
  power: PlatformPower;
  people: Pick<CatalogPeople, 'claimsOf'>;
  quotas: Pick<Quotas, 'longestLease'>;
  scheduler: SchedulerService;
}) {
  const { changes, environments, knex, scheduler } = deps;
  const leaseClock = new LeaseClock(knex, realTime);
  const leases = new LeaseStore(knex, deps.clusters);
  const rulesOf: FindLeaseRules = async (name, tx) => {
    const environment = await (tx
      ? environments.findIn(tx, name)
      : environments.find(name));
    return (
      environment && {
        maxLeaseMs: environment.maxLeaseDays * DAY_MS,
        graceMs: environment.graceDays * DAY_MS,
      }
    );
  };
  const quotaLeaseOf: FindQuotaLease = async cluster => {
    const demand = await demandOfCluster(cluster, {}, deps.people);
    const days = await deps.quotas.longestLease(demand);
    return days === undefined ? undefined : days * DAY_MS;
  };
  const common = { ...deps, quotaLeaseOf, clock: leaseClock, leases, rulesOf };
  const sweeper = new LeaseSweeper({
    ...common,
    notices: new NoticeStore(knex),
    restores: new RestoreStore(knex),
    onChange: id => changes.changed(id),
    onDeletion: id => {
      deps.metrics.operationRequested({ kind: 'delete' });
      changes.changed(id);
      deps.engine.wake();
    },
  });
  await scheduler.scheduleTask({
    id: 'kubesmith-leases',
    frequency: { seconds: LEASE_SWEEP_SECONDS },
    initialDelay: { seconds: LEASE_SWEEP_SECONDS },
    timeout: { minutes: 10 },
    fn: () => sweeper.sweep(),
  });
  const watch = new ClockWatch({ ...deps, clock: leaseClock });
  await scheduler.scheduleTask({
    id: 'kubesmith-clock',
    // Each replica for itself: global tasks wait in the state that it is to end.
    scope: 'local',
    frequency: { seconds: CLOCK_WATCH_SECONDS },
    initialDelay: { seconds: CLOCK_WATCH_SECONDS },
    timeout: { minutes: 5 },
    fn: () => watch.look(),
  });
  return {
    leaseClock,
    leases,
    leaseService: new LeaseService(common),
    /** Wakes a cluster that slept because its time was over, when it has time again. */
    wakeSaved: async (clusterId: string) =>
      sweeper.wakeSaved(await leaseClock.now(), clusterId),
  };
}
