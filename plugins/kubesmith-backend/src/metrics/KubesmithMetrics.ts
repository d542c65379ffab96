import type { MetricsService } from '@backstage/backend-plugin-api/alpha';
import type {
  FindingKind,
  GrantRole,
  OperationKind,
} from '@kubesmith/plugin-kubesmith-common';
import { findingKinds } from '../reconciler/kinds';
import { WAIT_REASONS, type WaitReason } from '../capacity/records';
import type { EngineMetrics } from '../engine/metrics';

/** Counts what happens. Labels name kinds, steps and codes, never users or clusters. */
export interface KubesmithMetrics extends EngineMetrics {
  /** How many operations wait for room, by what lacks; asked whenever metrics are read. */
  waitingForRoom(count: () => Promise<Map<WaitReason, number>>): void;
  /** An operation had its turn after it had waited so long. */
  waitedForRoom(seconds: number): void;
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
  const waiting = metrics.createObservableGauge<{ reason: WaitReason }>(
    'kubesmith.room.waiting',
    { description: 'Operations that wait for room, by what lacks' },
  );
  const waited = metrics.createHistogram('kubesmith.room.waited', {
    description: 'How long operations waited for room; 0 when there was some',
    unit: 's',
  });
  return {
    waitedForRoom: seconds => waited.record(seconds),
    waitingForRoom: count =>
      waiting.addCallback(async result => {
        const found = await count();
        for (const reason of WAIT_REASONS)
          result.observe(found.get(reason) ?? 0, { reason });
      }),
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
