import { optionalTime } from '../database/clusterRows';
import type { EventRecord, OperationRecord, StepRecord } from './records';

/** A row of `operations`. Postgres gives bigints as strings. */
export type OperationRow = {
  id: string;
  cluster_id: string;
  kind: OperationRecord['kind'];
  status: OperationRecord['status'];
  initiator: string;
  task_id: string | null;
  request_key: string | null;
  input: string | null;
  failure: string | null;
  driver_seen_at: number | string | null;
  lease_owner: string | null;
  lease_until: number | string | null;
  lease_epoch: number | string;
  cancel_requested_at: number | string | null;
  next_attempt_at: number | string | null;
  created_at: number | string;
  started_at: number | string | null;
  finished_at: number | string | null;
};

/** A row of `operation_steps`. */
export type StepRow = {
  operation_id: string;
  name: string;
  position: number;
  title: string;
  status: StepRecord['status'];
  attempt: number;
  requested_at: number | string | null;
  started_at: number | string | null;
  finished_at: number | string | null;
  progress: string | null;
  evidence: string | null;
  failure: string | null;
};

/** A row of `operation_events`. */
export type EventRow = {
  id: number | string;
  operation_id: string;
  step: string | null;
  node: string | null;
  level: EventRecord['level'];
  code: string | null;
  message: string;
  created_at: number | string;
};

function json<T>(value: string | null): T | undefined {
  return value === null ? undefined : (JSON.parse(value) as T);
}

/** A row as a record. */
export function toOperationRecord(
  row: OperationRow,
  steps: StepRecord[],
): OperationRecord {
  return {
    id: row.id,
    clusterId: row.cluster_id,
    kind: row.kind,
    status: row.status,
    initiator: row.initiator,
    taskId: row.task_id ?? undefined,
    requestKey: row.request_key ?? undefined,
    input: json(row.input),
    failure: json(row.failure),
    driverSeenAt: optionalTime(row.driver_seen_at),
    leaseOwner: row.lease_owner ?? undefined,
    leaseUntil: optionalTime(row.lease_until),
    leaseEpoch: Number(row.lease_epoch),
    cancelRequestedAt: optionalTime(row.cancel_requested_at),
    nextAttemptAt: optionalTime(row.next_attempt_at),
    createdAt: Number(row.created_at),
    startedAt: optionalTime(row.started_at),
    finishedAt: optionalTime(row.finished_at),
    steps,
  };
}

/** A row as a record. */
export function toStepRecord(row: StepRow, typicalSeconds: number): StepRecord {
  return {
    name: row.name,
    position: row.position,
    title: row.title,
    status: row.status,
    attempt: row.attempt,
    requestedAt: optionalTime(row.requested_at),
    startedAt: optionalTime(row.started_at),
    finishedAt: optionalTime(row.finished_at),
    progress: json(row.progress),
    evidence: json(row.evidence),
    failure: json(row.failure),
    typicalSeconds,
  };
}

/** A row as a record. */
export function toEventRecord(row: EventRow): EventRecord {
  return {
    id: Number(row.id),
    operationId: row.operation_id,
    step: row.step ?? undefined,
    node: row.node ?? undefined,
    level: row.level,
    code: row.code ?? undefined,
    message: row.message,
    createdAt: Number(row.created_at),
  };
}
