import type { ClusterCondition } from '@kubesmith/plugin-kubesmith-common';
import type { ClusterRecord } from '../database/records';
import type { OperationRecord } from '../engine/records';
import type { ConditionRecord } from './records';

/**
 * The conditions of a cluster as the API shows them: of one that is used, and not from before its last operation; undefined
 * when there are none.
 */
export function presentConditions(
  { phase }: Pick<ClusterRecord, 'phase'>,
  records: ConditionRecord[],
  operation: Pick<OperationRecord, 'finishedAt'> | undefined,
): ClusterCondition[] | undefined {
  if (phase !== 'ready') return undefined;
  const current = records.filter(
    ({ checkedAt }) => checkedAt >= (operation?.finishedAt ?? 0),
  );
  if (current.length === 0) return undefined;
  return current.map(({ message, nextStep, reason, since, status, type }) => ({
    type,
    status,
    reason,
    message,
    nextStep,
    since: new Date(since).toISOString(),
  }));
}
