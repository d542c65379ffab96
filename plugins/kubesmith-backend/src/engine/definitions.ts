import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  ClusterPhase,
  OperationKind,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { ClusterRecord } from '../database/records';
import {
  operationPlans,
  type PlannedStep,
  type StepName,
} from '../operations/plans';
import type {
  Evidence,
  NewEvent,
  OperationRecord,
  StepProgress,
} from './records';

/** What a step is given. */
export interface StepContext<Services> {
  /** As it was when the step was begun or taken up again. */
  readonly operation: OperationRecord;
  readonly cluster: ClusterRecord;
  readonly services: Services;
  /** Aborted with a StopError. A step then returns soon; only `cancelled` makes it stop its tools. */
  readonly signal: AbortSignal;
  /** It was begun before and never finished: what it did is to be found out, not repeated. */
  readonly resumed: boolean;
  readonly logger: LoggerService;
  /** Shows how far the step is; may be called as often as one likes. */
  progress(progress: StepProgress): void;
  /** Adds a line to what happened. */
  event(
    event: Omit<NewEvent, 'step' | 'level'> & { level?: NewEvent['level'] },
  ): void;
  /**
   * Writes records in a transaction that commits only while we hold the lease, after everything written before. Also the
   * check to make right before an effect that cannot be taken back. Nothing but `tx` may be used inside.
   */
  journal<T>(write: (tx: Knex.Transaction) => Promise<T>): Promise<T>;
  /** Like `journal` for callbacks that cannot wait: an error comes out of the next `journal`, or at the step's end. */
  enqueue(write: (tx: Knex.Transaction) => Promise<void>): void;
}

/** What a step does. Returns what it found or made. It must be safe to run again at any time, after any crash. */
export type StepAction<Services> = (
  context: StepContext<Services>,
) => Promise<Evidence | void>;

/** One step of an operation. */
export interface StepDefinition<Services> extends PlannedStep {
  /** The cluster's phase while the step runs. */
  phase?: ClusterPhase;
  /** Whether the operation, as it was requested, needs it; else it is skipped. Needed, if absent. */
  isNeeded?: (operation: OperationRecord) => boolean;
  run: StepAction<Services>;
}

type StepWork<Services> = Pick<
  StepDefinition<Services>,
  'run' | 'phase' | 'isNeeded'
>;

/**
 * The cluster's phase when an operation is over; `before`: the one in which it was when the operation was requested. If absent: as
 * the steps left it after a success, `failed` otherwise. What needs attention, needs it whatever stands here.
 */
export type OutcomePhases = Partial<
  Record<'succeeded' | 'failed' | 'cancelled', ClusterPhase | 'before'>
>;

/** A change of a cluster as a list of steps. */
export interface OperationDefinition<Services> {
  kind: OperationKind;
  /** Whether it can be stopped half-way. */
  cancellable: boolean;
  /** `forever`: it is not allowed to fail for good, only to wait longer and longer. */
  retry: 'limited' | 'forever';
  outcome?: OutcomePhases;
  steps: StepDefinition<Services>[];
}

/** The operations that an engine knows. */
export type OperationDefinitions<Services> = Partial<
  Record<OperationKind, OperationDefinition<Services>>
>;

/** Puts what each step does beside what people were told about it. The first step is done by the request itself. */
export function defineOperation<Services, K extends OperationKind>(options: {
  kind: K;
  cancellable: boolean;
  retry: 'limited' | 'forever';
  outcome?: OutcomePhases;
  steps: Partial<Record<StepName<K>, StepWork<Services>>>;
}): OperationDefinition<Services> {
  const { kind, cancellable, outcome, retry } = options;
  const actions = options.steps as Partial<Record<string, StepWork<Services>>>;
  const steps = operationPlans[kind].map(
    (planned: PlannedStep, position): StepDefinition<Services> => {
      const action = actions[planned.name];
      if (!action && position > 0)
        throw new Error(`Nobody does step '${planned.name}' of '${kind}'`);
      return {
        ...planned,
        phase: action?.phase,
        isNeeded: action?.isNeeded,
        run: action?.run ?? (async () => {}),
      };
    },
  );
  return { kind, cancellable, outcome, retry, steps };
}
