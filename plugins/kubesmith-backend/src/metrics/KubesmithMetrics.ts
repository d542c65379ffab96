import type { MetricsService } from '@backstage/backend-plugin-api/alpha';
import type {
  Failure,
  GrantRole,
  OperationKind,
  OperationStatus,
  StepStatus,
} from '@kubesmith/plugin-kubesmith-common';

/** Counts what happens. Labels name kinds, steps and codes, never users or clusters. */
export interface KubesmithMetrics {
  /** An order or a deletion was accepted. */
  operationRequested(kind: OperationKind): void;
  /** An operation is over. */
  operationFinished(kind: OperationKind, status: OperationStatus): void;
  /** An attempt of a step is over. */
  stepFinished(
    kind: OperationKind,
    step: string,
    status: StepStatus,
    seconds: number,
  ): void;
  /** A step failed, for now or for good. */
  stepFailed(kind: OperationKind, step: string, failure: Failure): void;
  /** A request was refused with a code of ours. */
  requestRefused(code: string): void;
  /** A kubeconfig was issued or revoked. */
  grant(event: 'issued' | 'revoked', role: GrantRole): void;
}

/** Counters and a histogram in Backstage's metrics service. */
export function createKubesmithMetrics(
  metrics: MetricsService,
): KubesmithMetrics {
  const requested = metrics.createCounter('kubesmith.operations.requested', {
    description: 'Operations that were accepted, by kind',
  });
  const operations = metrics.createCounter('kubesmith.operations.finished', {
    description: 'Operations that are over, by kind and status',
  });
  const steps = metrics.createCounter('kubesmith.steps.finished', {
    description: 'Attempts of steps that are over, by step and status',
  });
  const durations = metrics.createHistogram('kubesmith.steps.duration', {
    description: 'How long successful steps took, by step',
    unit: 's',
  });
  const failures = metrics.createCounter('kubesmith.steps.failures', {
    description: 'Failures of steps, by code and class',
  });
  const refused = metrics.createCounter('kubesmith.requests.refused', {
    description: 'Requests that were refused, by code',
  });
  const grants = metrics.createCounter('kubesmith.grants', {
    description: 'Kubeconfigs that were issued or revoked, by role',
  });
  return {
    operationRequested: kind => requested.add(1, { kind }),
    operationFinished: (kind, status) => operations.add(1, { kind, status }),
    stepFinished(kind, step, status, seconds) {
      steps.add(1, { kind, step, status });
      if (status === 'succeeded') {
        durations.record(seconds, { kind, step });
      }
    },
    stepFailed: (kind, step, failure) =>
      failures.add(1, {
        kind,
        step,
        code: failure.code,
        class: failure.class,
      }),
    requestRefused: code => refused.add(1, { code }),
    grant: (event, role) => grants.add(1, { event, role }),
  };
}
