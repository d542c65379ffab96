import {
  type Failure,
  UNSTOPPABLE_OPERATIONS,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import { queuePlaces } from '../capacity/RoomStore';
import { databaseTime, isPostgres } from '../database/databaseTime';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import { operationPlans } from '../operations/plans';
import { after, isOver, present } from './deadline';
import { dueOperations, isRested } from './dueOperations';
import {
  type EventRow,
  type OperationRow,
  type StepRow,
  toEventRecord,
  toOperationRecord,
  toStepRecord,
} from './operationRows';
import { DRIVER_TIMEOUT_MS, LIVE } from './operationStates';
import type {
  EventRecord,
  Evidence,
  Lease,
  NewEvent,
  NewOperation,
  OperationRecord,
  StepProgress,
} from './records';
import {
  OperationNotRetryableError,
  requeueOperation,
} from './requeueOperation';
import { TypicalDurations } from './TypicalDurations';

const MAX_EVENT_LENGTH = 4000;
/** Shorter than a lease. */
const FORSAKEN_MS = 20_000;

/** The lease went to somebody else: whoever sees this must stop working on the operation. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/**
 * Operations with their steps and events: the journal that the engine works from. All times are the database's. Whatever the
 * engine writes names its lease; a write of somebody who lost it fails with {@link LeaseLostError} and changes nothing.
 */
export class OperationStore {
  readonly #knex: Knex;
  readonly #typical: TypicalDurations;

  constructor(knex: Knex) {
    this.#knex = knex;
    this.#typical = new TypicalDurations(knex);
  }

  // --- Requests -----------------------------------------------------------------------------------------------------

  /** Records an operation with its steps; the first step is done by the transaction itself. */
  async insert(tx: Knex.Transaction, operation: NewOperation): Promise<void> {
    const now = databaseTime(tx);
    const latest = await tx('operations')
      .where({ cluster_id: operation.clusterId })
      .max({ at: 'created_at' })
      .first();
    await tx('operations').insert({
      id: operation.id,
      cluster_id: operation.clusterId,
      kind: operation.kind,
      status: 'queued',
      initiator: operation.initiator,
      task_id: operation.taskId ?? null,
      request_key: operation.requestKey ?? null,
      input: operation.input ? JSON.stringify(operation.input) : null,
      driver_seen_at: operation.taskId ? now : null,
      // Later than the one before it, also within the same millisecond: this order decides who works first.
      created_at: tx.raw('case when ? > ? then ? else ? end', [
        now,
        Number(latest?.at ?? 0),
        now,
        Number(latest?.at ?? 0) + 1,
      ]),
    });
    const steps = operationPlans[operation.kind];
    for (const [position, step] of steps.entries()) {
      await tx('operation_steps').insert({
        operation_id: operation.id,
        name: step.name,
        position,
        title: step.title,
        status: position === 0 ? 'succeeded' : 'pending',
        attempt: position === 0 ? 1 : 0,
        started_at: position === 0 ? now : null,
        finished_at: position === 0 ? now : null,
      });
    }
  }

  /** One operation with its steps; undefined if there is none. */
  async get(
    id: string,
    tx: Knex = this.#knex,
  ): Promise<OperationRecord | undefined> {
    const rows = await tx<OperationRow>('operations').where({ id });
    return (await this.#withSteps(rows, tx))[0];
  }

  /** All operations of a cluster, newest first. */
  async list(
    clusterId: string,
    tx: Knex = this.#knex,
  ): Promise<OperationRecord[]> {
    const rows = await tx<OperationRow>('operations')
      .where({ cluster_id: clusterId })
      .orderBy('created_at', 'desc')
      .select('*');
    return this.#withSteps(rows, tx);
  }

  /** So many operations of a cluster, newest first, that were recorded before another one of it; none, if there is no such one. */
  async page(
    clusterId: string,
    query: { before?: string; limit?: number },
  ): Promise<OperationRecord[]> {
    const { before, limit } = query;
    const find = this.#knex<OperationRow>('operations')
      .where({ cluster_id: clusterId })
      .orderBy('created_at', 'desc')
      .select('*');
    if (limit !== undefined) find.limit(limit);
    if (before !== undefined)
      find.andWhere(
        'created_at',
        '<',
        this.#knex('operations')
          .where({ id: before, cluster_id: clusterId })
          .select('created_at'),
      );
    return this.#withSteps(await find, this.#knex);
  }

  /** The newest operation of each cluster, by cluster id. */
  async latest(
    clusterIds: string[],
    tx: Knex = this.#knex,
  ): Promise<Map<string, OperationRecord>> {
    const rows = await tx<OperationRow>('operations as o')
      .whereIn('o.cluster_id', clusterIds)
      .whereNotExists(
        tx('operations as later')
          .whereRaw('later.cluster_id = o.cluster_id')
          .whereRaw('later.created_at > o.created_at')
          .select(tx.raw('1')),
      )
      .select('o.*');
    const records = await this.#withSteps(rows as OperationRow[], tx);
    return new Map(records.map(record => [record.clusterId, record]));
  }

  /** The operations of a cluster that are not over, oldest first. */
  async live(
    clusterId: string,
    tx: Knex = this.#knex,
  ): Promise<OperationRecord[]> {
    const rows = await tx<OperationRow>('operations')
      .where({ cluster_id: clusterId })
      .whereIn('status', LIVE)
      .orderBy('created_at')
      .select('*');
    return this.#withSteps(rows, tx);
  }

  /** The operation that was requested with this key. */
  async findByRequestKey(
    requestKey: string,
    tx: Knex = this.#knex,
  ): Promise<OperationRecord | undefined> {
    const rows = await tx<OperationRow>('operations').where({
      request_key: requestKey,
    });
    return (await this.#withSteps(rows, tx))[0];
  }

  /** What happened, oldest first. */
  async events(
    id: string,
    query: { after: number; limit: number },
  ): Promise<EventRecord[]> {
    const rows = await this.#knex<EventRow>('operation_events')
      .where({ operation_id: id })
      .andWhere('id', '>', query.after)
      .orderBy('id')
      .limit(query.limit)
      .select('*');
    return rows.map(toEventRecord);
  }

  /** Adds a line to what happened; for those who request operations. The engine has {@link OperationStore.appendEvent}. */
  async insertEvent(
    tx: Knex,
    operationId: string,
    event: NewEvent,
  ): Promise<void> {
    await tx('operation_events').insert({
      ...eventColumns(operationId, event),
      created_at: databaseTime(tx),
    });
  }

  /** How many lines with a code tell of a node. */
  async countEvents(
    operationId: string,
    about: { code: string; node: string },
    tx: Knex = this.#knex,
  ): Promise<number> {
    const row = await tx('operation_events')
      .where({ operation_id: operationId, ...about })
      .count({ count: '*' })
      .first();
    return Number(row?.count ?? 0);
  }

  /** Notes that the driver wants a step done, and that the driver lives. */
  async ensureStep(id: string, step: string): Promise<void> {
    const now = databaseTime(this.#knex);
    await this.#knex('operations')
      .where({ id })
      .update({ driver_seen_at: now });
    await this.#knex('operation_steps')
      .where({ operation_id: id, name: step })
      .whereNull('requested_at')
      .update({ requested_at: now });
  }

  /** Asks for a stop at the next safe point; some kinds of operations are never stopped (`UNSTOPPABLE_OPERATIONS`). */
  async requestCancel(id: string, tx: Knex = this.#knex): Promise<void> {
    await tx('operations')
      .where({ id })
      .whereNotIn('kind', UNSTOPPABLE_OPERATIONS)
      .whereIn('status', LIVE)
      .whereNull('cancel_requested_at')
      .update({ cancel_requested_at: databaseTime(tx) });
  }

  /**
   * Makes others who begin or continue operations of a cluster wait until the transaction ends, the engine's fenced writes too.
   *
   * **The order of locks, everywhere:** the list of environments, a cluster's operations, the cluster's own row, pools (several: by
   * their ids), quotas, the queue for room. Whoever needs several takes them in this order, and leaves out what it does not need; so no
   * two transactions wait for each other. A fenced write holds its operation from its first statement.
   *
   * The first operation's row comes first: of several rows, two transactions might lock one each and then wait for the other's. With it,
   * the rows of those that live, which the engine holds.
   */
  async lock(clusterId: string, tx: Knex.Transaction): Promise<void> {
    await tx('operations')
      .where(
        'id',
        '=',
        tx('operations')
          .where({ cluster_id: clusterId })
          .orderBy(['created_at', 'id'])
          .limit(1)
          .select('id'),
      )
      .update({ lease_epoch: tx.raw('lease_epoch') });
    await tx('operations')
      .where({ cluster_id: clusterId })
      .whereIn('status', LIVE)
      .update({ lease_epoch: tx.raw('lease_epoch') });
  }

  /**
   * Queues a failed or cancelled operation again, to go on at the step that failed; one that pauses goes on at once.
   *
   * @param tx - a transaction that began with {@link OperationStore.lock}; one of its own, if absent
   * @throws OperationNotRetryableError
   */
  async retry(id: string, tx?: Knex.Transaction): Promise<void> {
    if (tx) {
      await requeueOperation(id, tx);
      return;
    }
    const row = await this.#knex<OperationRow>('operations')
      .where({ id })
      .first('cluster_id');
    if (!row) throw new OperationNotRetryableError('there is none');
    await repeatWhenBusy(() =>
      this.#knex.transaction(async own => {
        await this.lock(row.cluster_id, own);
        await requeueOperation(id, own);
      }),
    );
  }

  // --- Leases -------------------------------------------------------------------------------------------------------

  /**
   * Takes the lease of the oldest operation that is due: not held, not waiting, first of its cluster, and asked for by its
   * driver, or without one. Undefined when there is none.
   */
  async claim(options: {
    owner: string;
    leaseMs: number;
  }): Promise<Lease | undefined> {
    const now = databaseTime(this.#knex);
    for (const { id } of await dueOperations(this.#knex, 10)) {
      const asked = present();
      const claimed = await this.#knex('operations')
        .where({ id })
        .whereIn('status', LIVE)
        .andWhere(free =>
          free.whereNull('lease_until').orWhere('lease_until', '<', now),
        )
        // Since it was found, another process may have tried it and put it off.
        .andWhere(rested => isRested(rested, now))
        .update({
          lease_owner: options.owner,
          lease_until: this.#knex.raw('? + ?', [now, options.leaseMs]),
          lease_epoch: this.#knex.raw('lease_epoch + 1'),
          status: 'running',
          started_at: this.#knex.raw('coalesce(started_at, ?)', [now]),
          next_attempt_at: null,
        });
      if (claimed === 1) {
        const row = await this.#knex<OperationRow>('operations')
          .where({ id })
          .first();
        if (row?.lease_owner === options.owner) {
          return {
            operationId: id,
            owner: options.owner,
            epoch: Number(row.lease_epoch),
            certainUntil: after(asked, options.leaseMs),
          };
        }
      }
    }
    return undefined;
  }

  /** Prolongs a lease. */
  async renew(lease: Lease, leaseMs: number): Promise<void> {
    const asked = present();
    const until = this.#knex.raw('? + ?', [databaseTime(this.#knex), leaseMs]);
    await this.#update(this.#knex, lease, { lease_until: until });
    lease.certainUntil = after(asked, leaseMs);
  }

  /** Gives a lease back without ending the operation. `waitMs`: not to be claimed again before. */
  async release(
    lease: Lease,
    options: { waitMs?: number } = {},
  ): Promise<void> {
    await this.#update(this.#knex, lease, {
      lease_until: null,
      lease_owner: null,
      ...(options.waitMs !== undefined && {
        status: 'waiting',
        next_attempt_at: this.#knex.raw('? + ?', [
          databaseTime(this.#knex),
          Math.round(options.waitMs),
        ]),
      }),
    });
  }

  /** Which of these operations are to be cancelled. */
  async cancelRequested(ids: string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const rows = await this.#knex<OperationRow>('operations')
      .whereIn('id', ids)
      .whereNotNull('cancel_requested_at')
      .select('id');
    return new Set(rows.map(row => row.id));
  }

  /**
   * Runs `write` in a transaction that only commits for the holder of the lease. Inside, nothing but `tx` may be used: SQLite
   * has one connection. Fails also when the lease ran out before we heard of the commit: what was to follow is not ours then.
   */
  async fenced<T>(
    lease: Lease,
    write: (tx: Knex.Transaction) => Promise<T>,
  ): Promise<T> {
    const result = await this.#knex.transaction(async tx => {
      await endWhenForsaken(tx);
      // A write that changes nothing: it locks the row and proves the lease in one statement.
      await this.#update(tx, lease, { lease_epoch: lease.epoch });
      return write(tx);
    });
    if (isOver(lease.certainUntil)) {
      throw new LeaseLostError(
        `The lease of operation '${lease.operationId}' ran out`,
      );
    }
    return result;
  }

  /** Whether a step is to be done now: its driver asked for it, or there is no driver (any more). */
  async isDue(lease: Lease, step: string): Promise<boolean> {
    const row = await this.#knex('operations as o')
      .join('operation_steps as s', 's.operation_id', 'o.id')
      .where({ 'o.id': lease.operationId, 's.name': step })
      .andWhere(due =>
        due
          .whereNotNull('s.requested_at')
          .orWhereNull('o.task_id')
          .orWhereNotNull('o.cancel_requested_at')
          .orWhereRaw('coalesce(o.driver_seen_at, o.created_at) < ? - ?', [
            databaseTime(this.#knex),
            DRIVER_TIMEOUT_MS,
          ]),
      )
      .first('o.id');
    return row !== undefined;
  }

  // --- The journal --------------------------------------------------------------------------------------------------

  /** Journals the intent to run a step: a new attempt, or the same one taken up again. */
  async startStep(
    tx: Knex.Transaction,
    lease: Lease,
    step: string,
    options: { newAttempt: boolean },
  ): Promise<void> {
    const now = databaseTime(tx);
    await tx('operation_steps')
      .where({ operation_id: lease.operationId, name: step })
      .update({
        status: 'running',
        started_at: tx.raw('coalesce(started_at, ?)', [now]),
        finished_at: null,
        failure: null,
        ...(options.newAttempt && { attempt: tx.raw('attempt + 1') }),
      });
  }

  /** Shows how far a step is. */
  async saveProgress(
    lease: Lease,
    step: string,
    progress: StepProgress,
  ): Promise<void> {
    await this.fenced(lease, async tx => {
      await tx('operation_steps')
        .where({ operation_id: lease.operationId, name: step })
        .update({ progress: JSON.stringify(progress) });
    });
  }

  /** Journals that a step is done. */
  async finishStep(
    tx: Knex.Transaction,
    lease: Lease,
    step: string,
    outcome: { status: 'succeeded' | 'skipped'; evidence?: Evidence },
  ): Promise<void> {
    await tx('operation_steps')
      .where({ operation_id: lease.operationId, name: step })
      .update({
        status: outcome.status,
        finished_at: databaseTime(tx),
        failure: null,
        progress: null,
        ...(outcome.evidence && { evidence: JSON.stringify(outcome.evidence) }),
      });
  }

  /** Journals that a step failed for now (`waiting`) or for good (`failed`). */
  async failStep(
    tx: Knex.Transaction,
    lease: Lease,
    step: string,
    outcome: {
      status: 'waiting' | 'failed';
      failure: Failure;
      refundAttempt?: boolean;
    },
  ): Promise<void> {
    await tx('operation_steps')
      .where({ operation_id: lease.operationId, name: step })
      .update({
        status: outcome.status,
        failure: JSON.stringify(outcome.failure),
        ...(outcome.refundAttempt && { attempt: tx.raw('attempt - 1') }),
        ...(outcome.status === 'failed' && {
          finished_at: databaseTime(tx),
          progress: null,
        }),
      });
  }

  /** Ends the operation and gives the lease back. */
  async finish(
    tx: Knex.Transaction,
    lease: Lease,
    outcome: {
      status: 'succeeded' | 'failed' | 'cancelled';
      failure?: Failure;
    },
  ): Promise<void> {
    await this.#update(tx, lease, {
      status: outcome.status,
      failure: outcome.failure ? JSON.stringify(outcome.failure) : null,
      finished_at: databaseTime(tx),
      lease_until: null,
      lease_owner: null,
      next_attempt_at: null,
    });
  }

  /** Adds a line to what happened. */
  async appendEvent(lease: Lease, event: NewEvent): Promise<void> {
    await this.fenced(lease, tx =>
      this.insertEvent(tx, lease.operationId, event),
    );
  }

  /** Milliseconds that a step has been going on, by the database's clock, over all its attempts. */
  async stepAge(lease: Lease, step: string): Promise<number> {
    const row = await this.#knex('operation_steps')
      .where({ operation_id: lease.operationId, name: step })
      .first({
        age: this.#knex.raw('? - started_at', [databaseTime(this.#knex)]),
      });
    return Number(row?.age ?? 0);
  }

  // --- Inside -------------------------------------------------------------------------------------------------------

  async #update(knex: Knex, lease: Lease, changes: object): Promise<void> {
    const changed = await knex('operations')
      .where({
        id: lease.operationId,
        lease_owner: lease.owner,
        lease_epoch: lease.epoch,
      })
      .update(changes);
    if (changed !== 1) {
      throw new LeaseLostError(
        `The lease of operation '${lease.operationId}' went to somebody else`,
      );
    }
  }

  async #withSteps(rows: OperationRow[], tx: Knex): Promise<OperationRecord[]> {
    if (rows.length === 0) return [];
    const steps = await tx<StepRow>('operation_steps')
      .whereIn(
        'operation_id',
        rows.map(row => row.id),
      )
      .orderBy('position')
      .select('*');
    const typical = await this.#typical.get(tx);
    const places = await queuePlaces(
      rows.filter(({ status }) => status === 'waiting').map(({ id }) => id),
      tx,
    );
    return rows.map(row => ({
      ...toOperationRecord(
        row,
        steps
          .filter(step => step.operation_id === row.id)
          .map(step => toStepRecord(step, typical(row.kind, step.name))),
      ),
      queue: places.get(row.id),
    }));
  }
}

/** A process that is stopped in the middle of a transaction would keep everybody else from the operation's row for ever. */
async function endWhenForsaken(tx: Knex.Transaction): Promise<void> {
  if (isPostgres(tx))
    await tx.raw(
      `set local idle_in_transaction_session_timeout = ${FORSAKEN_MS}`,
    );
}

function eventColumns(operationId: string, event: NewEvent) {
  return {
    operation_id: operationId,
    step: event.step ?? null,
    node: event.node ?? null,
    level: event.level,
    code: event.code ?? null,
    message: event.message.slice(0, MAX_EVENT_LENGTH),
  };
}
