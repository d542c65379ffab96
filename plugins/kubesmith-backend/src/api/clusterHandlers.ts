import {
  type Cluster,
  type OrderDraft,
  clusterCreatePermission,
} from '@kubesmith/plugin-kubesmith-common';
import type { Request } from 'express';
import type { Knex } from 'knex';
import type { ClusterChanges } from '../clusters/ClusterChanges';
import type { ConditionStore } from '../conditions/ConditionStore';
import { presentConditions } from '../conditions/presentConditions';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord } from '../database/records';
import type { OperationStore } from '../engine/OperationStore';
import { notAllowed, notFound, requestRefused } from '../errors/apiErrors';
import { heldClusters } from '../leases/heldClusters';
import type { KubesmithMetrics } from '../metrics/KubesmithMetrics';
import type { OperationRequests } from '../operations/requests';
import { phasesToBegin } from '../operations/requests/phasesToBegin';
import { requiredVerbs } from '../operations/verbs';
import type { DeletionService } from '../orders/DeletionService';
import type { OrderService } from '../orders/OrderService';
import { reasonProblem } from '../orders/reasonProblem';
import type { OrderRequests } from '../approvals/OrderRequests';
import { presentOrderRequest } from '../approvals/presentOrderRequest';
import type { CatalogPeople } from '../people/CatalogPeople';
import type { EnvironmentSource } from '../environments/Environments';
import { QuotaTitles } from '../quotas/QuotaTitles';
import { presentAppliedQuota } from '../quotas/presentQuota';
import type { RestoreStore } from '../restore/RestoreStore';
import type {
  CallerAccess,
  ClusterAccess,
  ClusterVerb,
} from '../permissions/ClusterAccess';
import type { AuditTrail } from '../audit/AuditTrail';
import type { Requester } from './Requester';
import type { Answer, Handlers } from './handlers';
import {
  listedVerbs,
  presentCluster,
  presentOperation,
  presentQueuePlace,
} from './present';
import { refuseForeignTask } from './refuseForeignTask';

/** What the handlers work with. */
export type ClusterHandlerDeps = {
  access: ClusterAccess;
  changes: ClusterChanges;
  clusters: ClusterStore;
  conditions: ConditionStore;
  deletions: DeletionService;
  engine: { wake(): void };
  metrics: KubesmithMetrics;
  operationRequests: Pick<OperationRequests, 'kind'>;
  operations: OperationStore;
  orderRequests: OrderRequests;
  orders: OrderService;
  restores: RestoreStore;
  audit: AuditTrail;
  catalogPeople: CatalogPeople;
  environments: EnvironmentSource;
  knex: Knex;
  requester: Requester;
};

/** Listing, ordering and deleting clusters. */
export function createClusterHandlers(
  deps: ClusterHandlerDeps,
): Pick<
  Handlers,
  | 'listClusters'
  | 'getCluster'
  | 'orderCluster'
  | 'checkOrder'
  | 'deleteCluster'
> {
  const { access, clusters, operations, orders, requester, audit } = deps;
  const titles = new QuotaTitles({
    environments: deps.environments,
    people: deps.catalogPeople,
  });

  async function present(
    records: ClusterRecord[],
    allowed: CallerAccess,
    options: { inList?: boolean } = {},
  ): Promise<Cluster[]> {
    const ids = records.map(({ id }) => id);
    const [nodes, latest, held] = await Promise.all([
      clusters.nodesOf(ids),
      operations.latest(ids),
      heldClusters(deps.knex, ids),
    ]);
    return records.map(record =>
      presentCluster(record, {
        nodes: nodes.get(record.id) ?? [],
        operation: latest.get(record.id),
        held: held.has(record.id),
        may: verb => allowed.may(verb, record),
        ...options,
      }),
    );
  }

  /** What was seen inside it since its last operation. */
  async function insideOf(record: ClusterRecord) {
    const [seen, latest] = await Promise.all([
      deps.conditions.of([record.id]),
      operations.latest([record.id]),
    ]);
    return presentConditions(
      record,
      seen.get(record.id) ?? [],
      latest.get(record.id),
    );
  }

  async function presentOrdered(
    clusterId: string,
    operationId: string,
    allowed: CallerAccess,
  ) {
    const [record, operation] = await Promise.all([
      clusters.get(clusterId),
      operations.get(operationId),
    ]);
    const [cluster] = await present([record!], allowed);
    return { cluster, operation: presentOperation(operation!) };
  }

  /** What the same request made before may be elsewhere than an access token reaches. */
  function requireReach(
    request: Request,
    requestId: string,
    environment: string,
  ): void {
    const limit = requester.tokenOf(request)?.environment;
    if (limit !== undefined && limit !== environment) {
      throw notFound('cluster', requestId);
    }
  }

  function announce(kind: 'create' | 'delete', clusterId: string) {
    deps.metrics.operationRequested({ kind });
    deps.changes.changed(clusterId);
    deps.engine.wake();
  }

  return {
    async listClusters({ operation, ...query }, request) {
      const needed: ClusterVerb[] = [
        'read',
        ...(operation ? requiredVerbs(operation) : []),
      ];
      const allowed = await access.of(await requester.anyone(request), [
        ...new Set([...listedVerbs, ...needed]),
      ]);
      const scope = allowed.scopeOf(needed);
      if (!scope.any) {
        return { body: { items: [], total: 0 } };
      }
      const page = await clusters.list({
        ...query,
        visible: scope.criteria,
        phases: operation && phasesToBegin(operation, deps.operationRequests),
        limit: query.limit ?? 100,
        offset: query.offset ?? 0,
      });
      return {
        body: {
          items: await present(page.items, allowed, { inList: true }),
          total: page.total,
        },
      };
    },

    async getCluster({ clusterId }, request) {
      const allowed = await access.of(await requester.anyone(request));
      const record = allowed.require('read', await clusters.get(clusterId), {
        kind: 'cluster',
        id: clusterId,
      });
      const [body] = await present([record], allowed);
      return { body: { ...body, conditions: await insideOf(record) } };
    },

    async checkOrder(draft, request) {
      const { caller, credentials } = await requester.user(request);
      const mayOrder = await access.ordersOf(credentials);
      const { problems, queue, quotas, why } = await orders.check(draft, {
        ...caller,
        mayOrder,
      });
      const named = await titles.of(quotas.map(({ quota }) => quota));
      return {
        body: {
          problems,
          quotas: quotas.map((each, index) =>
            presentAppliedQuota(each, named[index]),
          ),
          ...(why.length > 0 && { approval: { why } }),
          ...(queue && { queue: presentQueuePlace(queue) }),
        },
      };
    },

    async orderCluster({ requestId, taskId, ...fields }, request) {
      const draft: OrderDraft = fields;
      return audit.audited<Answer<'orderCluster'>>(
        request,
        {
          noun: 'cluster',
          verb: 'order',
          severityLevel: 'medium',
          meta: {
            name: draft.name!,
            environment: draft.environment!,
          },
        },
        async () => {
          const { caller, credentials, throughScaffolder } =
            await requester.user(request);
          if (!(await access.has(clusterCreatePermission, credentials))) {
            throw notAllowed('order clusters');
          }
          refuseForeignTask(taskId, throughScaffolder);
          await deps.restores.requireForOrders();
          const allowed = await access.of(credentials);
          const placed = await deps.orderRequests.placeOrOpen(draft, {
            caller: {
              ...caller,
              mayOrder: await access.ordersOf(credentials),
            },
            requestKey: `${caller.userRef}|${requestId}`,
            taskId,
          });
          if ('waiting' in placed) {
            const { waiting } = placed;
            requireReach(request, requestId, waiting.environment);
            return {
              result: {
                status: 202,
                body: {
                  orderRequest: presentOrderRequest(waiting, {
                    allowed,
                    caller,
                  }),
                },
              },
              meta: { orderRequestId: waiting.id },
            };
          }
          const ordered = await clusters.get(placed.clusterId);
          requireReach(request, requestId, ordered!.environment);
          announce('create', placed.clusterId);
          return {
            result: {
              body: await presentOrdered(
                placed.clusterId,
                placed.operationId,
                allowed,
              ),
            },
            meta: placed,
          };
        },
      );
    },

    async deleteCluster({ clusterId, reason, taskId }, request) {
      const body = await audit.audited(
        request,
        {
          noun: 'cluster',
          verb: 'delete',
          severityLevel: 'high',
          meta: { clusterId, ...(reason ? { reason } : {}) },
        },
        async () => {
          const { caller, credentials, throughScaffolder } =
            await requester.user(request);
          const allowed = await access.of(credentials);
          const cluster = allowed.require(
            'delete',
            await clusters.get(clusterId),
            { kind: 'cluster', id: clusterId },
          );
          refuseForeignTask(taskId, throughScaffolder);
          const problem = reasonProblem(reason);
          if (problem) throw requestRefused([problem]);
          await deps.restores.requireForChange(await clusters.get(clusterId));
          const operationId = await deps.deletions.request({
            clusterId,
            initiator: caller.userRef,
            taskId,
            reason,
          });
          announce('delete', clusterId);
          return {
            result: await presentOrdered(clusterId, operationId, allowed),
            meta: { operationId, environment: cluster.environment },
          };
        },
      );
      return { body };
    },
  };
}
