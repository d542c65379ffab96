import type {
  Failure,
  OperationKind,
  OperationStatus,
  OperationStep,
  StepStatus,
} from '@kubesmith/plugin-kubesmith-common';
import type { QueuePlace } from '../capacity/estimateStarts';
import type { Deadline } from './deadline';

/** How far a running step is, for people. */
export type StepProgress = NonNullable<OperationStep['progress']>;

/** What a step found or made: plain data, never a secret. */
export type Evidence = Record<string, unknown>;

/** One step of an operation as it is stored. Times are milliseconds since the epoch. */
export interface StepRecord {
  name: string;
  position: number;
  title: string;
  status: StepStatus;
  /** Counts the tries that were not just taken up again after a restart. */
  attempt: number;
  /** When the driver said that the step is due. */
  requestedAt?: number;
  startedAt?: number;
  finishedAt?: number;
  progress?: StepProgress;
  evidence?: Evidence;
  failure?: Failure;
  /** Median of the last successful runs, or our estimate. */
  typicalSeconds: number;
}

/** One requested change of a cluster as it is stored. Times are milliseconds since the epoch. */
export interface OperationRecord {
  id: string;
  clusterId: string;
  kind: OperationKind;
  status: OperationStatus;
  /** Entity ref of who asked for it. */
  initiator: string;
  /** The scaffolder task that drives it, if one does. */
  taskId?: string;
  requestKey?: string;
  input?: Record<string, unknown>;
  failure?: Failure;
  driverSeenAt?: number;
  leaseOwner?: string;
  leaseUntil?: number;
  leaseEpoch: number;
  cancelRequestedAt?: number;
  nextAttemptAt?: number;
  /** Where it stands while it waits for room on the hosts. */
  queue?: QueuePlace;
  createdAt: number;
  startedAt?: number;
  finishedAt?: number;
  steps: StepRecord[];
}

/** One line of what happened. */
export interface EventRecord {
  id: number;
  operationId: string;
  step?: string;
  node?: string;
  level: 'info' | 'warn' | 'error';
  code?: string;
  message: string;
  createdAt: number;
}

/** An operation that is about to be recorded. */
export interface NewOperation {
  id: string;
  clusterId: string;
  kind: OperationKind;
  initiator: string;
  taskId?: string;
  /** Makes a repeated request find this operation again. */
  requestKey?: string;
  input?: Record<string, unknown>;
}

/** A line that is about to be recorded. */
export type NewEvent = Omit<EventRecord, 'id' | 'operationId' | 'createdAt'>;

/**
 * The right to work on an operation. The epoch counts the claims: every write of a holder names it, so one who lost the
 * lease without noticing changes nothing.
 */
export interface Lease {
  operationId: string;
  owner: string;
  epoch: number;
  /** Up to when nobody else can have it, by our own clocks: counted from before we asked. */
  certainUntil: Deadline;
}
