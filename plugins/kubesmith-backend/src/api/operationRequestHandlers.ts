import type { RequestableKind } from '@kubesmith/plugin-kubesmith-common';
import type { AuditTrail } from '../audit/AuditTrail';
import type { ClusterChanges } from '../clusters/ClusterChanges';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord } from '../database/records';
import type { OperationStore } from '../engine/OperationStore';
import type { EnvironmentSource } from '../environments/Environments';
import type { KubesmithMetrics } from '../metrics/KubesmithMetrics';
import { operationPlans } from '../operations/plans';
import { requiredVerbs } from '../operations/verbs';
import type { OperationRequests } from '../operations/requests';
import type { CatalogPeople } from '../people/CatalogPeople';
import type { CallerAccess, ClusterAccess } from '../permissions/ClusterAccess';
import { QuotaTitles } from '../quotas/QuotaTitles';
import { presentAppliedQuota } from '../quotas/presentQuota';
import type { RestoreStore } from '../restore/RestoreStore';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';
import { presentCluster, presentOperation } from './present';
import { refuseForeignTask } from './refuseForeignTask';

/** What the handlers work with. */
export type OperationRequestHandlerDeps = {
  access: ClusterAccess;
  audit: AuditTrail;
  catalogPeople: CatalogPeople;
  changes: ClusterChanges;
  clusters: ClusterStore;
  engine: { wake(): void };
  environments: EnvironmentSource;
  metrics: KubesmithMetrics;
  operationRequests: OperationRequests;
  operations: OperationStore;
  requester: Requester;
  restores: RestoreStore;
};

/** The cluster, if the caller may begin such an operation on it. */
function requireFor(
  allowed: CallerAccess,
  kind: RequestableKind,
  cluster: ClusterRecord | undefined,
  id: string,
): ClusterRecord {
  for (const verb of requiredVerbs(kind))
    allowed.require(verb, cluster, { kind: 'cluster', id });
  return cluster!;
}

/** What can be done with a cluster, what it would do, and beginning it. */
export function createOperationRequestHandlers(
  deps: OperationRequestHandlerDeps,
): Pick<
  Handlers,
  'listPossibleOperations' | 'planOperation' | 'startOperation'
> {
  const { access, audit, clusters, operationRequests, operations, requester } =
    deps;
  const titles = new QuotaTitles({
    environments: deps.environments,
    people: deps.catalogPeople,
  });

  return {
    async listPossibleOperations({ clusterId }, request) {
      const allowed = await access.of(await requester.anyone(request));
      const cluster = allowed.require('read', await clusters.get(clusterId), {
        kind: 'cluster',
        id: clusterId,
      });
      const ended = ['deleting', 'deleted'].includes(cluster.phase);
      const kinds = ended
        ? []
        : operationRequests.kinds.filter(({ kind }) =>
            requiredVerbs(kind).every(verb => allowed.may(verb, cluster)),
          );
      const whyNot = await operationRequests.whyNot(cluster);
      const items = kinds.map(kind => {
        const problem = whyNot(kind);
        return {
          kind: kind.kind,
          title: kind.title,
          description: kind.description,
          available: problem === undefined,
          why: problem && `${problem.message} ${problem.remedy}`,
        };
      });
      return { body: { items } };
    },

    async planOperation({ clusterId, ...wanted }, request) {
      const { caller, credentials } = await requester.user(request);
      const allowed = await access.of(credentials);
      const cluster = requireFor(
        allowed,
        wanted.kind,
        await clusters.get(clusterId),
        clusterId,
      );
      const plan = await operationRequests.plan(cluster, wanted, {
        ...caller,
        mayOrder: await access.ordersOf(credentials),
      });
      const { quotas, effects, fingerprint, problems, summary } = plan;
      const named = await titles.of((quotas ?? []).map(({ quota }) => quota));
      return {
        body: {
          kind: wanted.kind,
          summary,
          effects,
          warnings: plan.warnings ?? [],
          problems,
          steps: operationPlans[wanted.kind].map(
            ({ title, typicalSeconds }) => ({ title, typicalSeconds }),
          ),
          ...(quotas && {
            quotas: quotas.map((each, index) =>
              presentAppliedQuota(each, named[index]),
            ),
          }),
          fingerprint,
        },
      };
    },

    async startOperation(input, request) {
      const { clusterId, requestId, request: wanted, taskId, reason } = input;
      const body = await audit.audited(
        request,
        {
          noun: 'cluster',
          verb: wanted.kind,
          severityLevel: 'medium',
          meta: { clusterId, ...wanted, ...(reason ? { reason } : {}) },
        },
        async () => {
          const { caller, credentials, throughScaffolder } =
            await requester.user(request);
          const allowed = await access.of(credentials);
          const known = requireFor(
            allowed,
            wanted.kind,
            await clusters.get(clusterId),
            clusterId,
          );
          refuseForeignTask(taskId, throughScaffolder);
          await deps.restores.requireForChange(known);
          const operationId = await operationRequests.start({
            clusterId,
            request: wanted,
            caller: {
              ...caller,
              mayOrder: await access.ordersOf(credentials),
            },
            requestKey: `${caller.userRef}|${requestId}`,
            taskId,
            reason,
            fingerprint: input.fingerprint,
            authorize: cluster =>
              void requireFor(allowed, wanted.kind, cluster, clusterId),
          });
          deps.metrics.operationRequested({ kind: wanted.kind });
          deps.changes.changed(clusterId);
          deps.engine.wake();
          const [cluster, operation, nodes] = await Promise.all([
            clusters.get(clusterId),
            operations.get(operationId),
            clusters.nodes(clusterId),
          ]);
          return {
            result: {
              cluster: presentCluster(cluster!, {
                nodes,
                operation,
                may: one => allowed.may(one, cluster!),
              }),
              operation: presentOperation(operation!),
            },
            meta: { operationId, environment: known.environment },
          };
        },
      );
      return { body };
    },
  };
}
