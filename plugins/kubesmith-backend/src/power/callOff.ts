import type { OperationKind } from '@kubesmith/plugin-kubesmith-common';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import type { OperationRecord } from '../engine/records';
import { PLATFORM } from '../leases/records';
import type { PlatformPowerDeps } from './PlatformPower';

/** What the portal wished before and does not want any more. */
export interface CallOffWish {
  clusterId: string;
  kind: OperationKind;
  /** How the request keys of these wishes begin; see `powerKeys`. */
  keyPrefix: string;
  /** For the cluster's history. */
  reason: string;
}

/** There is none that goes on, it is to be stopped now, or its work began, or is about to. */
export type CallOffAnswer = 'none' | 'called-off' | 'taken-up';

/**
 * Has an operation that the portal itself began stopped before its work begins, while it waits for room for instance: then the
 * cluster stays as it was. One that somebody works on is left alone, because a cluster that is stopped half-way has failed.
 */
export async function callOff(
  deps: Pick<
    PlatformPowerDeps,
    'audit' | 'clusters' | 'knex' | 'onCalledOff' | 'operations'
  >,
  { clusterId, keyPrefix, kind, reason }: CallOffWish,
): Promise<CallOffAnswer> {
  const { audit, clusters, knex, onCalledOff, operations } = deps;
  const { answer, stopped } = await repeatWhenBusy(() =>
    knex.transaction(
      async (tx): Promise<{ answer: CallOffAnswer; stopped?: string }> => {
        // The first statement writes, and makes the engine wait: who claims it afterwards sees that it is to be stopped.
        await operations.lock(clusterId, tx);
        const live = (await operations.live(clusterId, tx)).find(
          operation =>
            operation.kind === kind &&
            operation.requestKey?.startsWith(keyPrefix),
        );
        if (!live) return { answer: 'none' };
        if (live.cancelRequestedAt !== undefined)
          return { answer: 'called-off' };
        if (isTakenUp(live)) return { answer: 'taken-up' };
        await operations.requestCancel(live.id, tx);
        await operations.insertEvent(tx, live.id, {
          step: 'accept',
          level: 'info',
          message: `${PLATFORM} called it off (${reason})`,
        });
        return { answer: 'called-off', stopped: live.id };
      },
    ),
  );
  if (stopped === undefined) return answer;
  onCalledOff(clusterId);
  const cluster = await clusters.get(clusterId);
  await audit.byPlatform({
    noun: 'operation',
    verb: 'cancel',
    severityLevel: 'low',
    meta: {
      clusterId,
      operationId: stopped,
      reason,
      ...(cluster && {
        environment: cluster.environment,
        owner: cluster.owner,
      }),
    },
  });
  return answer;
}

/** The first step is done by the request itself. */
function isTakenUp({ status, steps }: OperationRecord): boolean {
  return (
    status === 'running' ||
    steps.slice(1).some(({ startedAt }) => startedAt !== undefined)
  );
}
