import type {
  Failure,
  OperationKind,
  OperationStatus,
  OperationStep,
  OperationEvent,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';

/** An operation as it is stored. Times are milliseconds since the epoch. */
export interface OperationRecord {
  id: string;
  clusterId: string;
  kind: OperationKind;
  status: OperationStatus;
  /** Entity ref of who asked for it. */
  initiator: string;
  /** The scaffolder task that drives it; without one the engine runs by itself. */
  taskId?: string;
  requestKey?: string;
  failure?: Failure;
  cancelRequestedAt?: number;
  createdAt: number;
  startedAt?: number;
  finishedAt?: number;
  /** In their order. */
  steps: StepRecord[];
}

/** A step as it is stored. */
export interface StepRecord {
  name: string;
  title: string;
  status: OperationStep['status'];
  attempt: number;
  requestedAt?: number;
  startedAt?: number;
  finishedAt?: number;
  typicalSeconds?: number;
  progress?: OperationStep['progress'];
  evidence?: Record<string, unknown>;
  failure?: Failure;
}

/** One line of what happened. */
export interface EventRecord {
  id: number;
  time: number;
  step?: string;
  node?: string;
  level: OperationEvent['level'];
  code?: string;
  message: string;
}

/** A new operation; its steps come from the table of its kind. */
export interface NewOperation {
  id: string;
  clusterId: string;
  kind: OperationKind;
  initiator: string;
  taskId?: string;
  requestKey?: string;
  /** What was asked for, such as the reason; kept as JSON. */
  input?: Record<string, unknown>;
  /** Journaled with the first step (`reserve`, `accept`), which is done when the operation is inserted. */
  evidence?: Record<string, unknown>;
}

/** What the API and the order service need of the operations; `OperationStore` is the implementation. */
export interface Operations {
  /** Inserts the operation with all its steps, in the transaction that reserves. */
  insert(tx: Knex.Transaction, operation: NewOperation): Promise<void>;
  get(id: string, tx?: Knex): Promise<OperationRecord | undefined>;
  /** All of a cluster, newest first. */
  list(clusterId: string, tx?: Knex): Promise<OperationRecord[]>;
  /** The newest one of each cluster, by cluster id. */
  latest(clusterIds: string[]): Promise<Map<string, OperationRecord>>;
  events(
    operationId: string,
    page: { after: number; limit: number },
  ): Promise<EventRecord[]>;
  /** The step is due, and its driver is alive. */
  ensureStep(operationId: string, step: string): Promise<void>;
  /** Stops a live operation at the next safe point; nothing happens to one that is over. */
  requestCancel(operationId: string, tx?: Knex): Promise<void>;
  /** A failed or cancelled operation goes on at the step that did not succeed. False when it cannot. */
  retry(operationId: string): Promise<boolean>;
}
