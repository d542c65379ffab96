import type { OperationKind } from '@kubesmith/plugin-kubesmith-common';
import type { FailureClass } from './failures';

/** What the engine counts. Labels have few values: no users, no clusters. */
export interface EngineMetrics {
  operationFinished(labels: {
    kind: OperationKind;
    status: 'succeeded' | 'failed' | 'cancelled';
  }): void;
  stepFinished(labels: {
    kind: OperationKind;
    step: string;
    status: 'succeeded' | 'failed';
    seconds: number;
  }): void;
  /** Also for failures after which the step is tried again. */
  stepFailed(labels: {
    kind: OperationKind;
    step: string;
    code: string;
    class: FailureClass;
  }): void;
}

/** Counts nothing. */
export const noMetrics: EngineMetrics = {
  operationFinished() {},
  stepFinished() {},
  stepFailed() {},
};
