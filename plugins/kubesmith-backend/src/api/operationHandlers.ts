import { setTimeout as sleep } from 'node:timers/promises';
import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import type { RoomQueue } from '../capacity/RoomQueue';
import type { ClusterChanges } from '../clusters/ClusterChanges';
import type { ClusterStore } from '../database/ClusterStore';
import type { OperationStore } from '../engine/OperationStore';
import type { OperationRecord } from '../engine/records';
import { OperationNotRetryableError } from '../engine/requeueOperation';
import {
  conflict,
  notAllowed,
  notFound,
  requestRefused,
} from '../errors/apiErrors';
import type { RestoreStore } from '../restore/RestoreStore';
import { operationVerbs } from '../operations/verbs';
import type { ClusterAccess } from '../permissions/ClusterAccess';
import type { AuditTrail } from '../audit/AuditTrail';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';
import { presentEvent, presentOperation, presentStep } from './present';

/** What the handlers work with. */
export type OperationHandlerDeps = {
  access: ClusterAccess;
  changes: ClusterChanges;
  clusters: ClusterStore;
  engine: { wake(): void };
  operations: OperationStore;
  restores: RestoreStore;
  audit: AuditTrail;
  requester: Requester;
  roomQueue: Pick<RoomQueue, 'admit'>;
};

const POLL_MS = 500;
const EVENTS_PER_ANSWER = 500;
const STEP_OVER = ['succeeded', 'failed', 'skipped'];
const OPERATION_OVER = ['succeeded', 'failed', 'cancelled'];

/** Watching, driving, stopping and continuing operations. */
export function createOperationHandlers(
  deps: OperationHandlerDeps,
): Pick<
  Handlers,
  | 'listOperations'
  | 'getOperation'
  | 'listOperationEvents'
  | 'cancelOperation'
  | 'retryOperation'
  | 'ensureStep'
> {
  const { access, clusters, engine, operations, requester, audit, roomQueue } =
    deps;

  /** The operation, if the caller may do something with its cluster. */
  async function require(
    operationId: string,
    /** `control`: the right that its kind needs. */
    what: 'read' | 'control',
    credentials: BackstageCredentials,
  ): Promise<OperationRecord> {
    const operation = await operations.get(operationId);
    const verb =
      operation && what === 'control' ? operationVerbs[operation.kind] : 'read';
    const cluster = operation && (await clusters.get(operation.clusterId));
    const allowed = await access.of(credentials);
    allowed.require(verb, cluster, { kind: 'operation', id: operationId });
    return operation!;
  }

  /** The operation, if it belongs to the task that the scaffolder speaks for. */
  async function requireOfTask(
    operationId: string,
    taskId: string | undefined,
  ): Promise<OperationRecord> {
    const operation = await operations.get(operationId);
    if (!operation) {
      throw notFound('operation', operationId);
    }
    if (taskId === undefined || operation.taskId !== taskId) {
      throw notAllowed('drive an operation that another task submitted');
    }
    return operation;
  }

  function announce({ clusterId }: OperationRecord) {
    deps.changes.changed(clusterId);
    engine.wake();
  }

  return {
    async listOperations({ clusterId, before, limit }, request) {
      const allowed = await access.of(await requester.anyone(request));
      allowed.require('read', await clusters.get(clusterId), {
        kind: 'cluster',
        id: clusterId,
      });
      const items = await operations.page(clusterId, { before, limit });
      return { body: { items: items.map(presentOperation) } };
    },

    async getOperation({ operationId }, request) {
      const credentials = await requester.anyone(request);
      const operation = await require(operationId, 'read', credentials);
      return { body: presentOperation(operation) };
    },

    async listOperationEvents({ operationId, after, limit }, request) {
      await require(operationId, 'read', await requester.anyone(request));
      const items = await operations.events(operationId, {
        after: after ?? 0,
        limit: limit ?? 200,
      });
      return { body: { items: items.map(presentEvent) } };
    },

    async cancelOperation({ operationId, taskId }, request) {
      const body = await audit.audited(
        request,
        {
          noun: 'operation',
          verb: 'cancel',
          severityLevel: 'medium',
          meta: { operationId },
        },
        async () => {
          const credentials = await requester.anyone(request);
          if (requester.isService(credentials)) {
            if (!requester.isScaffolder(credentials)) {
              throw notAllowed('stop operations of users');
            }
            await requireOfTask(operationId, taskId);
          } else {
            await require(operationId, 'control', credentials);
          }
          await operations.requestCancel(operationId);
          const operation = (await operations.get(operationId))!;
          announce(operation);
          return {
            result: presentOperation(operation),
            meta: { clusterId: operation.clusterId },
          };
        },
      );
      return { body };
    },

    async retryOperation({ operationId }, request) {
      const body = await audit.audited(
        request,
        {
          noun: 'operation',
          verb: 'retry',
          severityLevel: 'medium',
          meta: { operationId },
        },
        async () => {
          const { credentials } = await requester.user(request);
          const asked = await require(operationId, 'control', credentials);
          const cluster = await clusters.get(asked.clusterId);
          await deps.restores.requireForChange(cluster);
          // Quotas and the lease are looked at when it is begun, and much may have changed while it slept.
          if (asked.kind === 'wake' && cluster?.phase === 'hibernated')
            throw conflict('KUBESMITH-OPERATION-NOT-RETRYABLE', {
              detail: 'the cluster sleeps; wake it anew',
            });
          try {
            await operations.retry(operationId);
          } catch (error) {
            throw error instanceof OperationNotRetryableError
              ? conflict('KUBESMITH-OPERATION-NOT-RETRYABLE', {
                  detail: error.message,
                })
              : error;
          }
          announce(asked);
          // What has machines to make asks for room again.
          await roomQueue.admit();
          const operation = (await operations.get(operationId))!;
          return {
            result: presentOperation(operation),
            meta: { clusterId: operation.clusterId },
          };
        },
      );
      return { body };
    },

    async ensureStep(input, request) {
      const credentials = await requester.anyone(request);
      if (!requester.isScaffolder(credentials)) {
        throw notAllowed('drive operations; only the scaffolder does');
      }
      const { operationId, step: name, afterEvent = 0 } = input;
      const known = (await requireOfTask(operationId, input.taskId)).steps;
      if (!known.some(step => step.name === name)) {
        throw requestRefused([
          fieldProblem('step', 'KUBESMITH-STEP-UNKNOWN', {
            step: name,
            choices: known.map(step => step.name).join(', '),
          }),
        ]);
      }
      await operations.ensureStep(operationId, name);
      engine.wake();

      const deadline = performance.now() + (input.waitSeconds ?? 10) * 1000;
      for (;;) {
        // The operation first: events that came before its end are then never missing from the last answer.
        const operation = (await operations.get(operationId))!;
        const events = await operations.events(operationId, {
          after: afterEvent,
          limit: EVENTS_PER_ANSWER,
        });
        const step = operation.steps.find(
          candidate => candidate.name === name,
        )!;
        if (
          events.length > 0 ||
          STEP_OVER.includes(step.status) ||
          OPERATION_OVER.includes(operation.status) ||
          request.socket.destroyed ||
          performance.now() + POLL_MS > deadline
        ) {
          return {
            body: {
              step: presentStep(step),
              operation: presentOperation(operation),
              events: events.map(presentEvent),
            },
          };
        }
        await sleep(POLL_MS);
      }
    },
  };
}
