import {
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import { metricsServiceRef } from '@backstage/backend-plugin-api/alpha';
import { catalogServiceRef } from '@backstage/plugin-catalog-node';
import { eventsServiceRef } from '@backstage/plugin-events-node';
import { notificationService } from '@backstage/plugin-notifications-node';
import { signalsServiceRef } from '@backstage/plugin-signals-node';
import { Requester } from './api/Requester';
import { createApprovalLimitHandlers } from './api/approvalLimitHandlers';
import { createAuditHandlers } from './api/auditHandlers';
import { createBackupHandlers } from './api/backupHandlers';
import { createClusterHandlers } from './api/clusterHandlers';
import { createEnvironmentHandlers } from './api/environmentHandlers';
import { createEnvironmentRecordHandlers } from './api/environmentRecordHandlers';
import { createFindingHandlers } from './api/findingHandlers';
import { createGrantHandlers } from './api/grantHandlers';
import { createLeaseHandlers } from './api/leaseHandlers';
import { createMoveHandlers } from './api/moveHandlers';
import { createOperationHandlers } from './api/operationHandlers';
import { createOperationRequestHandlers } from './api/operationRequestHandlers';
import { createOrderRequestHandlers } from './api/orderRequestHandlers';
import { createScheduleHandlers } from './api/scheduleHandlers';
import { createQuotaHandlers } from './api/quotaHandlers';
import { createRouter } from './api/router';
import { createTokenHandlers } from './api/tokenHandlers';
import { createSnapshotHandlers } from './api/snapshotHandlers';
import { createShareHandlers } from './api/shareHandlers';
import { ApprovalLimitStore } from './approvals/ApprovalLimitStore';
import { ApprovalRules } from './approvals/ApprovalRules';
import { createApprovals } from './approvals/createApprovals';
import { AuditStore } from './audit/AuditStore';
import { AuditTrail } from './audit/AuditTrail';
import { keepAuditTrail } from './audit/keepAuditTrail';
import { createRoomQueue } from './capacity/createRoomQueue';
import { createAutomaticBackups } from './backups/createAutomaticBackups';
import { BackupStore } from './backups/BackupStore';
import { RoomStore } from './capacity/RoomStore';
import { ClusterChanges } from './clusters/ClusterChanges';
import { createNotifyReady } from './clusters/notifyReady';
import { createTellOwner } from './clusters/tellOwner';
import { createConditions } from './conditions/createConditions';
import { guardProduction } from './config/productionGuard';
import { readKubesmithConfig } from './config/readKubesmithConfig';
import { ClusterStore } from './database/ClusterStore';
import { openDatabase } from './database/openDatabase';
import { refreshStatistics } from './database/refreshStatistics';
import { OperationStore } from './engine/OperationStore';
import { createEnvironmentParts } from './environments/createEnvironmentParts';
import { Environments } from './environments/Environments';
import { GrantService } from './grants/GrantService';
import { GrantStore } from './grants/GrantStore';
import { GrantSweeper } from './grants/GrantSweeper';
import { HostKeyAlarm } from './grants/HostKeyAlarm';
import { createLeases } from './leases/createLeases';
import { createKubesmithMetrics } from './metrics/KubesmithMetrics';
import {
  OperationRequests,
  createRequestableOperations,
} from './operations/requests';
import { DeletionService } from './orders/DeletionService';
import { Inventory } from './orders/Inventory';
import { MachineReservations } from './orders/MachineReservations';
import { OrderService } from './orders/OrderService';
import type { OutsideWorld, OutsideWorldOptions } from './outsideWorld';
import { CatalogPeople } from './people/CatalogPeople';
import { ClusterAccess } from './permissions/ClusterAccess';
import { EnvironmentAccess } from './permissions/EnvironmentAccess';
import { PersonDecisions } from './permissions/PersonDecisions';
import { registerPermissions } from './permissions/registerPermissions';
import { PoolStore } from './pools/PoolStore';
import { PlatformPower } from './power/PlatformPower';
import { QuotaStore } from './quotas/QuotaStore';
import { Quotas } from './quotas/Quotas';
import { createReconciler } from './reconciler/createReconciler';
import { RestoreGuard } from './restore/RestoreGuard';
import { RestoreStore } from './restore/RestoreStore';
import { Redactor } from './secrets/Redactor';
import { createSchedules } from './schedules/createSchedules';
import { SecretStore } from './secrets/SecretStore';
import { watchKeys } from './secrets/watchKeys';
import { ShareService } from './shares/ShareService';
import { ShareStore } from './shares/ShareStore';
import { SnapshotStore } from './snapshots/SnapshotStore';
import { endWithRights } from './shares/endWithRights';
import { TokenPermissions } from './tokens/TokenPermissions';
import { TokenService } from './tokens/TokenService';
import { TokenStore } from './tokens/TokenStore';

/**
 * Makes the plugin on top of an outside world.
 *
 * @param connect - Proxmox, Terraform, Ansible, SSH; in tests, doubles
 */
export function createKubesmithPlugin(
  connect: (options: OutsideWorldOptions) => Promise<OutsideWorld>,
) {
  return createBackendPlugin({
    pluginId: 'kubesmith',
    register(env) {
      env.registerInit({
        deps: {
          auditor: coreServices.auditor,
          auth: coreServices.auth,
          catalog: catalogServiceRef,
          database: coreServices.database,
          discovery: coreServices.discovery,
          events: eventsServiceRef,
          httpAuth: coreServices.httpAuth,
          httpRouter: coreServices.httpRouter,
          instance: coreServices.rootInstanceMetadata,
          lifecycle: coreServices.lifecycle,
          logger: coreServices.logger,
          metrics: metricsServiceRef,
          notifications: notificationService,
          permissions: coreServices.permissions,
          permissionsRegistry: coreServices.permissionsRegistry,
          rootConfig: coreServices.rootConfig,
          scheduler: coreServices.scheduler,
          signals: signalsServiceRef,
          userInfo: coreServices.userInfo,
        },
        async init(deps) {
          const { lifecycle, logger } = deps;
          const decisions = new PersonDecisions(deps);
          await guardProduction({
            config: deps.rootConfig,
            decisions,
            environment: process.env,
            logger,
            metadata: deps.instance,
          });
          const config = readKubesmithConfig(deps.rootConfig);
          const metrics = createKubesmithMetrics(deps.metrics);
          const redactor = new Redactor();

          const knex = await openDatabase(deps.database);
          const clusters = new ClusterStore(knex);
          const grants = new GrantStore(knex);
          const operations = new OperationStore(knex);
          const pools = new PoolStore(knex);
          const room = new RoomStore(knex);
          const secrets = new SecretStore(knex, config.encryption.keys);
          const backups = new BackupStore(knex, secrets);
          const environments = new Environments(
            knex,
            config.sizes,
            config.proxmox.nodeOverrides,
          );
          await environments.mirror(config.environments, { knex, pools });
          registerPermissions(deps.permissionsRegistry, clusters);

          const changes = new ClusterChanges({ ...deps, clusters });
          const restoreGuard = new RestoreGuard({
            ...deps,
            clusters,
            dataDirectory: config.dataDirectory,
            environments,
            knex,
            operations,
            onClusterChanged: id => changes.changed(id),
          });
          await restoreGuard.look();
          const outside = await connect({
            clusters,
            config,
            environments,
            knex,
            logger,
            metrics,
            notifyReady: createNotifyReady(deps),
            tellOwner: createTellOwner(deps),
            onClusterChanged: (id, what) => changes.changed(id, what),
            operations,
            pools,
            redactor,
            restoreGuard,
            room,
            secrets,
          });
          const { close, engine, hypervisor, kubectl } = outside;

          const grantService = new GrantService({
            alarm: new HostKeyAlarm({ changes, clusters, knex }),
            grants,
            kubectl,
            logger,
          });
          const sweeper = new GrantSweeper({
            clusters,
            grants,
            logger,
            service: grantService,
          });
          await deps.scheduler.scheduleTask({
            id: 'kubesmith-encryption-keys',
            // Each replica for itself, and soon after each start: then the keys may be other ones.
            scope: 'local',
            frequency: { hours: 1 },
            initialDelay: { seconds: 3 },
            timeout: { minutes: 30 },
            fn: () => watchKeys({ knex, keys: config.encryption.keys, logger }),
          });

          const auditStore = new AuditStore(knex);
          const permissions = new TokenPermissions(deps.permissions);
          const tokenStore = new TokenStore(knex);
          const tokens = new TokenService({
            decisions,
            logger,
            store: tokenStore,
          });
          const requester = new Requester({ ...deps, tokens });
          const audit = new AuditTrail({
            ...deps,
            explain: (userRef, decision) =>
              decisions.explain(userRef, decision),
            requester,
            store: auditStore,
          });
          await deps.scheduler.scheduleTask({
            id: 'kubesmith-statistics',
            frequency: { hours: 1 },
            timeout: { minutes: 5 },
            scope: 'local',
            fn: () => refreshStatistics(knex),
          });
          await deps.scheduler.scheduleTask({
            id: 'kubesmith-ended-tokens',
            frequency: { hours: 24 },
            initialDelay: { minutes: 10 },
            timeout: { minutes: 5 },
            fn: () => tokens.forgetEnded(),
          });
          await deps.scheduler.scheduleTask({
            id: 'kubesmith-audit-retention',
            frequency: { hours: 24 },
            initialDelay: { minutes: 10 },
            timeout: { minutes: 30 },
            fn: () => keepAuditTrail(auditStore, config.audit, logger),
          });

          const catalogPeople = new CatalogPeople(deps);
          const quotaStore = new QuotaStore(knex);
          const quotas = new Quotas({ knex, store: quotaStore });
          const deletions = new DeletionService({ clusters, knex, operations });
          const access = new ClusterAccess({
            ...deps,
            people: decisions,
            permissions,
          });
          const shares = new ShareStore(knex);
          const snapshots = new SnapshotStore(knex);
          const endRights = await endWithRights({
            ...deps,
            access,
            audit,
            changes,
            clusters,
            grants,
            metrics,
            shares,
            sweeper,
          });
          const inventory = new Inventory({ hypervisor, logger });
          const roomQueue = await createRoomQueue({
            ...deps,
            changes,
            engine,
            environments,
            inventory,
            knex,
            limits: config.capacity,
            metrics,
            operations,
            store: room,
          });
          const approvalLimits = new ApprovalLimitStore(knex);
          const approvalRules = new ApprovalRules({
            knex,
            store: approvalLimits,
          });
          const orders = new OrderService({
            approvals: approvalRules,
            clusters,
            environments,
            inventory,
            knex,
            operations,
            people: catalogPeople,
            pools,
            quotas,
            room: roomQueue,
            secrets,
          });
          const approvals = await createApprovals({
            ...deps,
            access,
            administrators: config.administrators,
            auditStore,
            environments,
            knex,
            orders,
            people: catalogPeople,
          });
          const reconcilers = await createReconciler({
            ...deps,
            administrators: config.administrators,
            audit,
            clusters,
            dataDirectory: config.dataDirectory,
            environments,
            knex,
            machines: outside.machines,
            metrics,
            onChange: id => changes.changed(id),
            operations,
            pools,
            probe: outside.probe,
            restores: new RestoreStore(knex),
            secrets,
          });
          const inside = await createConditions({
            ...deps,
            automaticBackups: config.backups,
            clusters,
            knex,
            kubectl,
            onChange: id => changes.changed(id, 'progress'),
            readCertificate: outside.readCertificate,
          });
          const operationRequests = new OperationRequests({
            clusters,
            kinds: createRequestableOperations({
              backups,
              kubectl: outside.kubectl,
              readCertificate: outside.readCertificate,
              snapshots,
              approvals: approvalRules,
              clusters,
              environments,
              machineReservations: new MachineReservations({
                clusters,
                inventory,
                pools,
              }),
              people: catalogPeople,
              pools,
              quotas,
              room: roomQueue,
            }),
            knex,
            operations,
            room: roomQueue,
          });
          const power = new PlatformPower({
            audit,
            clusters,
            knex,
            logger,
            operations,
            requests: operationRequests,
            onBegun: (id, kind) => {
              metrics.operationRequested({ kind });
              changes.changed(id);
              engine.wake();
            },
            onCalledOff: id => {
              changes.changed(id);
              engine.wake();
            },
          });
          await createAutomaticBackups({
            ...deps,
            knex,
            power,
            settings: config.backups,
          });
          const leases = await createLeases({
            ...deps,
            administrators: config.administrators,
            audit,
            changes,
            clusters,
            deletions,
            engine,
            environments,
            knex,
            metrics,
            operations,
            people: catalogPeople,
            power,
            quotas,
          });
          const parts = {
            ...approvals,
            ...inside,
            ...reconcilers,
            logger,
            approvalLimits,
            ...leases,
            ...(await createSchedules({ ...deps, clusters, knex, power })),
            access,
            audit,
            auditStore,
            changes,
            clusters,
            config,
            deletions,
            decisions,
            engine,
            environmentAccess: new EnvironmentAccess({
              ...deps,
              people: decisions,
              permissions,
            }),
            ...createEnvironmentParts({
              ...deps,
              ...outside,
              clusters,
              environments,
              knex,
              operations,
              people: catalogPeople,
              pools,
              quotas,
              sizes: config.sizes,
            }),
            grants,
            backups,
            grantService,
            knex,
            kubeconfigs: config.kubeconfigs,
            metrics,
            onShareEnded: endRights,
            operations,
            operationRequests,
            orders,
            catalogPeople,
            pools,
            quotas,
            quotaStore,
            requester,
            restores: new RestoreStore(knex),
            roomQueue,
            tokens,
            tokenStore,
            shares,
            snapshots,
            shareService: new ShareService({
              clusters,
              knex,
              people: catalogPeople,
              shares,
            }),
          };
          deps.httpRouter.use(
            createRouter({
              basePath: '/api/kubesmith',
              handlers: {
                ...createAuditHandlers(parts),
                ...createApprovalLimitHandlers(parts),
                ...createBackupHandlers(parts),
                ...createClusterHandlers(parts),
                ...createEnvironmentHandlers(parts),
                ...createEnvironmentRecordHandlers(parts),
                ...createFindingHandlers(parts),
                ...createGrantHandlers(parts),
                ...createLeaseHandlers(parts),
                ...createMoveHandlers(parts),
                ...createOperationHandlers(parts),
                ...createOperationRequestHandlers(parts),
                ...createTokenHandlers(parts),
                ...createOrderRequestHandlers(parts),
                ...createQuotaHandlers(parts),
                ...createScheduleHandlers(parts),
                ...createShareHandlers(parts),
                ...createSnapshotHandlers(parts),
              },
              logger,
              metrics,
              requester,
              onError: (request, error) => audit.refused(request, error),
            }),
          );
          deps.httpRouter.addAuthPolicy({
            // The router guards it: Backstage refuses access tokens.
            path: '/v1',
            allow: 'unauthenticated',
          });

          lifecycle.addStartupHook(() => engine.start());
          lifecycle.addShutdownHook(async () => {
            reconcilers.reconciler.stop();
            await engine.stop();
            changes.stop();
            await audit.close();
            await close();
          });
        },
      });
    },
  });
}
