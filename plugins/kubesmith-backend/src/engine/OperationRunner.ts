import type { LoggerService } from '@backstage/backend-plugin-api';
import type { ClusterPhase, Failure } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import type {
  OperationDefinition,
  OperationDefinitions,
  StepContext,
  StepDefinition,
} from './definitions';
import { givenUp, StepError, toStepError } from './failures';
import { JournalWriter } from './JournalWriter';
import type { EngineMetrics } from './metrics';
import { LeaseLostError, type OperationStore } from './OperationStore';
import type { Evidence, Lease, OperationRecord, StepRecord } from './records';
import { decideRetry } from './retry';
import { StopError, stopReasonOf } from './stop';

/** What {@link OperationRunner} works with. */
export interface OperationRunnerOptions<Services> {
  definitions: OperationDefinitions<Services>;
  services: Services;
  operations: OperationStore;
  clusters: ClusterStore;
  logger: LoggerService;
  metrics: EngineMetrics;
  /** Takes secrets out of a text that people will see. */
  redact: (text: string) => string;
  /** `record`: the cluster itself changed; `progress`: only what is going on. */
  onClusterChanged: (clusterId: string, what: 'record' | 'progress') => void;
}

type StepOutcome = { evidence?: Evidence } | { error: unknown };

/** Phases in which a cluster is well. */
const WELL: readonly ClusterPhase[] = ['ready', 'hibernated'];

/** Carries one operation on, step by step, for as long as it holds the lease and the next step is due. */
export class OperationRunner<Services> {
  readonly #options: OperationRunnerOptions<Services>;

  constructor(options: OperationRunnerOptions<Services>) {
    this.#options = options;
  }

  /** Works until the operation is over, waits, or `signal` is aborted. Throws LeaseLostError when others took over. */
  async run(lease: Lease, signal: AbortSignal): Promise<void> {
    const { operations, definitions } = this.#options;
    for (;;) {
      const operation = await operations.get(lease.operationId);
      if (!operation) return;
      const definition = definitions[operation.kind];
      if (!definition)
        throw new Error(
          `Nobody does operations of the kind '${operation.kind}'`,
        );
      const next = operation.steps.find(
        ({ status }) => status !== 'succeeded' && status !== 'skipped',
      );
      if (!next) {
        await this.#succeed(lease, operation, definition);
        return;
      }
      const cancelled =
        operation.cancelRequestedAt !== undefined && definition.cancellable;
      if (cancelled) {
        const begun = next.status !== 'pending' || next.startedAt !== undefined;
        await this.#cancel(lease, operation, definition, next.name, begun);
        return;
      }
      if (signal.aborted || !(await operations.isDue(lease, next.name))) {
        await operations.release(lease);
        return;
      }
      if (!(await this.#runStep(lease, operation, definition, next, signal)))
        return;
    }
  }

  /** Returns whether the operation goes on at once. */
  async #runStep(
    lease: Lease,
    operation: OperationRecord,
    definition: OperationDefinition<Services>,
    step: StepRecord,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { operations, logger, metrics } = this.#options;
    const planned = definition.steps.find(({ name }) => name === step.name);
    if (!planned)
      throw new Error(`No step '${step.name}' in '${operation.kind}'`);
    if (planned.isNeeded?.(operation) === false) {
      await operations.fenced(lease, tx =>
        operations.finishStep(tx, lease, step.name, { status: 'skipped' }),
      );
      this.#changed(operation, 'progress');
      return true;
    }
    const resumed = step.status === 'running';
    const log = logger.child({
      operation: operation.id,
      cluster: operation.clusterId,
      step: step.name,
    });
    const begun = performance.now();

    await operations.fenced(lease, async tx => {
      await operations.startStep(tx, lease, step.name, {
        newAttempt: !resumed,
      });
      if (planned.phase) await this.#setPhase(tx, operation, planned.phase);
    });
    this.#changed(operation, planned.phase ? 'record' : 'progress');
    log.info(resumed ? 'Step taken up again' : 'Step begun');

    const outcome = await this.#perform(
      lease,
      operation,
      planned,
      resumed,
      signal,
      log,
    );
    const seconds = (performance.now() - begun) / 1000;

    if (!('error' in outcome)) {
      await operations.fenced(lease, tx =>
        operations.finishStep(tx, lease, step.name, {
          status: 'succeeded',
          evidence: outcome.evidence,
        }),
      );
      this.#changed(operation, 'record');
      metrics.stepFinished({
        kind: operation.kind,
        step: step.name,
        status: 'succeeded',
        seconds,
      });
      log.info(`Step done after ${seconds.toFixed(1)} s`);
      return true;
    }
    return this.#afterError(lease, operation, definition, step, outcome.error, {
      signal,
      log,
      seconds,
    });
  }

  async #perform(
    lease: Lease,
    operation: OperationRecord,
    step: StepDefinition<Services>,
    resumed: boolean,
    signal: AbortSignal,
    logger: LoggerService,
  ): Promise<StepOutcome> {
    const { operations, clusters, services, redact } = this.#options;
    const writer = new JournalWriter({
      store: operations,
      lease,
      step: step.name,
      onWritten: () => this.#changed(operation, 'progress'),
    });
    try {
      const cluster = await clusters.get(operation.clusterId);
      if (!cluster) throw new Error(`No cluster '${operation.clusterId}'`);
      const context: StepContext<Services> = {
        operation,
        cluster,
        services,
        signal,
        resumed,
        logger,
        progress: progress =>
          writer.progress({ ...progress, message: redact(progress.message) }),
        event: ({ level = 'info', ...event }) =>
          writer.event({
            ...event,
            level,
            step: step.name,
            message: redact(event.message),
          }),
        journal: async write => {
          const result = await writer.journal(write);
          this.#changed(operation, 'record');
          return result;
        },
        enqueue: write => {
          writer.enqueue(async tx => {
            await write(tx);
          });
          this.#changed(operation, 'record');
        },
      };
      const evidence = await step.run(context);
      writer.close();
      await writer.settle();
      return { evidence: evidence ?? undefined };
    } catch (error) {
      writer.close();
      // What was said before the error is part of the story; that the lease is lost outweighs it.
      const lost = await writer.settle().then(
        () => undefined,
        problem => (problem instanceof LeaseLostError ? problem : undefined),
      );
      return { error: lost ?? error };
    }
  }

  async #afterError(
    lease: Lease,
    operation: OperationRecord,
    definition: OperationDefinition<Services>,
    step: StepRecord,
    error: unknown,
    {
      signal,
      log,
      seconds,
    }: { signal: AbortSignal; log: LoggerService; seconds: number },
  ): Promise<boolean> {
    const { operations, metrics, redact } = this.#options;
    if (error instanceof LeaseLostError) throw error;
    const reason =
      error instanceof StopError ? error.reason : stopReasonOf(signal);
    if (reason === 'lease-lost')
      throw new LeaseLostError(
        `The lease of '${operation.id}' could not be renewed`,
      );
    if (reason === 'shutdown') {
      await operations.release(lease);
      log.info('Step left to go on after the restart');
      return false;
    }
    if (reason === 'cancelled') {
      await this.#cancel(lease, operation, definition, step.name, true);
      return false;
    }

    const problem = toStepError(error);
    const failure = redactFailure(problem.failure, redact);
    const current =
      (await operations.get(operation.id))?.steps.find(
        ({ name }) => name === step.name,
      ) ?? step;
    const decision = decideRetry({
      failure,
      mode: definition.retry,
      attempt: Math.max(1, current.attempt),
      ageMs: await operations.stepAge(lease, step.name),
    });
    metrics.stepFailed({
      kind: operation.kind,
      step: step.name,
      code: failure.code,
      class: failure.class,
    });
    log.warn(`Step failed: ${failure.message}`, {
      code: failure.code,
      class: failure.class,
      detail: redact(describeCause(problem)),
    });

    if (decision.retry) {
      await operations.fenced(lease, async tx => {
        const { refundAttempt } = decision;
        await operations.failStep(tx, lease, step.name, {
          status: 'waiting',
          failure,
          refundAttempt,
        });
        await operations.insertEvent(tx, operation.id, {
          step: step.name,
          level: 'warn',
          code: failure.code,
          message: `${failure.message} Next try in ${Math.ceil(
            decision.waitMs / 1000,
          )} s.`,
        });
      });
      await operations.release(lease, { waitMs: decision.waitMs });
      this.#changed(operation, 'progress');
      return false;
    }

    const final = givenUp(failure);
    await operations.fenced(lease, async tx => {
      await operations.failStep(tx, lease, step.name, {
        status: 'failed',
        failure: final,
      });
      await operations.insertEvent(tx, operation.id, {
        step: step.name,
        level: 'error',
        code: final.code,
        message: `${final.message} ${final.nextStep}`,
      });
      await this.#setPhase(
        tx,
        operation,
        problem.needsAttention
          ? 'needs-attention'
          : (problem.changedNothing && phaseBefore(operation)) ||
              outcomePhase(operation, definition, 'failed') ||
              'failed',
        final,
      );
      await operations.finish(tx, lease, { status: 'failed', failure: final });
    });
    metrics.stepFinished({
      kind: operation.kind,
      step: step.name,
      status: 'failed',
      seconds,
    });
    metrics.operationFinished({ kind: operation.kind, status: 'failed' });
    this.#changed(operation, 'record');
    return false;
  }

  async #succeed(
    lease: Lease,
    operation: OperationRecord,
    definition: OperationDefinition<Services>,
  ): Promise<void> {
    const { operations, metrics, logger } = this.#options;
    const phase = outcomePhase(operation, definition, 'succeeded');
    await operations.fenced(lease, async tx => {
      if (phase) await this.#setPhase(tx, operation, phase);
      await operations.finish(tx, lease, { status: 'succeeded' });
    });
    metrics.operationFinished({ kind: operation.kind, status: 'succeeded' });
    logger.info('Operation succeeded', {
      operation: operation.id,
      kind: operation.kind,
    });
    this.#changed(operation, 'record');
  }

  async #cancel(
    lease: Lease,
    operation: OperationRecord,
    definition: OperationDefinition<Services>,
    step: string,
    begun: boolean,
  ): Promise<void> {
    const { operations, metrics } = this.#options;
    const { failure } = new StepError('KUBESMITH-CANCELLED');
    await operations.fenced(lease, async tx => {
      if (begun) {
        await operations.failStep(tx, lease, step, {
          status: 'failed',
          failure,
        });
      }
      await operations.insertEvent(tx, operation.id, {
        step,
        level: 'warn',
        code: failure.code,
        message: failure.message,
      });
      if (!isUntouched(operation, begun))
        await this.#setPhase(
          tx,
          operation,
          outcomePhase(operation, definition, 'cancelled') ?? 'failed',
          failure,
        );
      await operations.finish(tx, lease, { status: 'cancelled', failure });
    });
    metrics.operationFinished({ kind: operation.kind, status: 'cancelled' });
    this.#changed(operation, 'record');
  }

  /** A creation that ends, however it ends, must not hide that the cluster is being deleted. */
  async #setPhase(
    tx: Knex.Transaction,
    operation: OperationRecord,
    phase: ClusterPhase,
    failure?: Failure,
  ) {
    const { clusters } = this.#options;
    const cluster = await clusters.get(operation.clusterId, tx);
    const leaving =
      cluster?.phase === 'deleting' || cluster?.phase === 'deleted';
    if (leaving && operation.kind !== 'delete') return;
    await clusters.update(
      operation.clusterId,
      // What works has no failure; that of the operation stays with the operation.
      { phase, failure: (!WELL.includes(phase) && failure) || null },
      tx,
    );
  }

  #changed(operation: OperationRecord, what: 'record' | 'progress'): void {
    this.#options.onClusterChanged(operation.clusterId, what);
  }
}

/** Whether nothing happened since it was requested, or requested again: then the cluster is, and has failed, as before. */
function isUntouched({ input, steps }: OperationRecord, begun: boolean) {
  return (
    !begun &&
    input?.phaseBefore !== undefined &&
    steps.slice(1).every(({ startedAt }) => startedAt === undefined)
  );
}

function phaseBefore({ input }: OperationRecord): ClusterPhase | undefined {
  return input?.phaseBefore as ClusterPhase | undefined;
}

function outcomePhase(
  operation: OperationRecord,
  { outcome = {} }: Pick<OperationDefinition<unknown>, 'outcome'>,
  status: 'succeeded' | 'failed' | 'cancelled',
): ClusterPhase | undefined {
  const phase = outcome[status];
  return phase === 'before' ? phaseBefore(operation) : phase;
}

function redactFailure(
  failure: Failure,
  redact: (text: string) => string,
): Failure {
  return { ...failure, message: redact(failure.message) };
}

/** Stack and causes of an error for the log. */
function describeCause(error: Error): string {
  const parts: string[] = [];
  for (
    let at: unknown = error;
    at instanceof Error && parts.length < 5;
    at = at.cause
  ) {
    parts.push(at.stack ?? at.message);
  }
  return parts.join('\ncaused by ');
}
