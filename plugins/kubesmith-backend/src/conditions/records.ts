import type { ClusterCondition } from '@kubesmith/plugin-kubesmith-common';

/** What a look inside a cluster says of one thing. */
export interface Observation {
  type: ClusterCondition['type'];
  /** Whether it is as it should be. */
  status: ClusterCondition['status'];
  /** A stable word, for programs. */
  reason: string;
  /** A sentence. */
  message: string;
  /** What to do, a sentence; missing when all is well. */
  nextStep?: string;
}

/** An observation as it is stored. Times are milliseconds since the epoch. */
export interface ConditionRecord extends Observation {
  /** Since when the status is this one. */
  since: number;
  checkedAt: number;
}
