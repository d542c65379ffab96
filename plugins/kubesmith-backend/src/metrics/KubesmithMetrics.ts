import type { MetricsService } from '@backstage/backend-plugin-api/alpha';
import type {
  FindingKind,
  GrantRole,
  OperationKind,
} from '@kubesmith/plugin-kubesmith-common';
import { findingKinds } from '../reconciler/kinds';
import type { EngineMetrics } from '../engine/metrics';

/** Counts what happens. Labels name kinds, steps and codes, never users or clusters. */
export interface KubesmithMetrics extends EngineMetrics {
  /** An order or a deletion was accepted. */
  operationRequested(labels: { kind: OperationKind }): void;
  /** A request was refused with a code of ours. */
  requestRefused(labels: { code: string }): void;
  /** A kubeconfig was issued or revoked. */
  grant(labels: { event: 'issued' | 'revoked'; role: GrantRole }): void;
  /** How many findings of the reconciler are open; asked when metrics are read. */
  openFindings(count: () => Promise<Map<FindingKind, number>>): void;
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
  const findings = metrics.createObservableGauge<{ kind: FindingKind }>(
    'kubesmith.findings.open',
    { description: 'Findings of the reconciler that are open, by kind' },
  );
  return {
    operationRequested: labels => requested.add(1, labels),
    operationFinished: labels => operations.add(1, labels),
    stepFinished({ seconds, ...labels }) {
      steps.add(1, labels);
      if (labels.status === 'succeeded') {
        durations.record(seconds, { kind: labels.kind, step: labels.step });
      }
    },
    stepFailed: labels => failures.add(1, labels),
    requestRefused: labels => refused.add(1, labels),
    grant: labels => grants.add(1, labels),
    openFindings: count =>
      findings.addCallback(async result => {
        const open = await count();
        for (const kind of findingKinds)
          result.observe(open.get(kind) ?? 0, { kind });
      }),
  };
}
