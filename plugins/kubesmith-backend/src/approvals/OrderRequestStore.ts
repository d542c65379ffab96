import { randomUUID } from 'node:crypto';
import type { FieldProblem } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import {
  databaseTime,
  isPostgres,
  readDatabaseTime,
} from '../database/databaseTime';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import type { Decision, OrderRequestRecord } from './records';
import { type OrderRequestRow, toOrderRequest } from './requestRows';

/** Of each kind; what is longer ago is in the audit trail. */
const MOST_LISTED = 500;

/** Takes back what a transaction did. */
class TooManyWait extends Error {
  readonly name = 'TooManyWait';
}

/** Orders that wait for an approver, in the database. */
export class OrderRequestStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /**
   * Lets an order wait. The same request key gives the same request, whatever else it says.
   *
   * @param request.lifetimeMs - from now until it expires
   * @param most - of a person that wait at once
   * @returns undefined, and nothing was kept, when so many of the person wait already
   */
  async open(
    request: Pick<
      OrderRequestRecord,
      'requestKey' | 'environment' | 'owner' | 'requester' | 'draft' | 'why'
    > & { lifetimeMs: number },
    most: number,
  ): Promise<{ record: OrderRequestRecord; isNew: boolean } | undefined> {
    const { requestKey, requester } = request;
    const opening = repeatWhenBusy(() =>
      this.#knex.transaction(async tx => {
        // SQLite lets one write at a time by itself. They are few: who opens one may wait for another.
        if (isPostgres(tx)) {
          await tx.raw('lock table order_requests in share row exclusive mode');
        }
        const inserted = await tx('order_requests')
          .insert({
            id: randomUUID(),
            request_key: requestKey,
            environment: request.environment,
            owner: request.owner,
            requester,
            draft: JSON.stringify(request.draft),
            why: JSON.stringify(request.why),
            status: 'waiting',
            created_at: databaseTime(tx),
            expires_at: tx.raw('? + ?', [databaseTime(tx), request.lifetimeMs]),
          })
          .onConflict('request_key')
          .ignore()
          .returning('id');
        const isNew = inserted.length > 0;
        if (isNew && (await this.#countWaiting(requester, tx)) > most) {
          throw new TooManyWait();
        }
        return { record: (await this.findByKey(requestKey, tx))!, isNew };
      }),
    );
    return opening.catch(error => {
      if (error instanceof TooManyWait) return undefined;
      throw error;
    });
  }

  /** One of them; undefined if there is none. */
  async get(id: string): Promise<OrderRequestRecord | undefined> {
    const row = await this.#knex<OrderRequestRow>('order_requests')
      .where({ id })
      .first();
    return row && toOrderRequest(row);
  }

  /** The one of an order, by the order's request key. */
  async findByKey(
    requestKey: string,
    tx: Knex = this.#knex,
  ): Promise<OrderRequestRecord | undefined> {
    const row = await tx<OrderRequestRow>('order_requests')
      .where({ request_key: requestKey })
      .first();
    return row && toOrderRequest(row);
  }

  /**
   * The newest first, waiting ones before all others.
   *
   * @param filter.claims - only what these asked for, or what is for them
   */
  async list(
    filter: {
      status?: string;
      environment?: string;
      claims?: readonly string[];
    } = {},
  ): Promise<OrderRequestRecord[]> {
    const query = this.#knex<OrderRequestRow>('order_requests')
      .orderByRaw("case when status = 'waiting' then 0 else 1 end")
      .orderBy([
        { column: 'created_at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(MOST_LISTED);
    const { claims, environment, status } = filter;
    if (status) query.where({ status } as object);
    if (environment) query.where({ environment });
    if (claims)
      query.where(own =>
        own.whereIn('requester', claims).orWhereIn('owner', claims),
      );
    return (await query).map(toOrderRequest);
  }

  /** How many a person opened in an environment since some time ago, whatever became of them. */
  async countOpened(
    {
      environment,
      requester,
    }: Pick<OrderRequestRecord, 'environment' | 'requester'>,
    withinMs: number,
  ): Promise<number> {
    const now = await readDatabaseTime(this.#knex);
    const [{ n }] = await this.#knex('order_requests')
      .where({ environment, requester })
      .andWhere('created_at', '>', now - withinMs)
      .count({ n: '*' });
    return Number(n);
  }

  async #countWaiting(requester: string, tx: Knex): Promise<number> {
    const [{ n }] = await tx('order_requests')
      .where({ requester, status: 'waiting' })
      .count({ n: '*' });
    return Number(n);
  }

  /**
   * Ends a request that waits and is not too old; nothing else does. Of several who do this at once, one succeeds.
   *
   * @returns whether it was this call that ended it
   */
  async decide(
    id: string,
    decision: Decision,
    tx: Knex = this.#knex,
  ): Promise<boolean> {
    const changed = await tx('order_requests')
      .where({ id, status: 'waiting' })
      .andWhere('expires_at', '>', databaseTime(tx))
      .update({
        status: decision.status,
        decided_by: decision.by,
        decision_reason: decision.reason ?? null,
        decided_at: databaseTime(tx),
        cluster_id: decision.clusterId ?? null,
        problems: null,
      });
    return changed === 1;
  }

  /** Keeps why an approval did not become a cluster; the request goes on to wait. */
  async noteProblems(id: string, problems: FieldProblem[]): Promise<void> {
    await this.#knex('order_requests')
      .where({ id, status: 'waiting' })
      .update({ problems: JSON.stringify(problems) });
  }

  /** Ends all that waited for too long, and gives them. */
  async expireDue(): Promise<OrderRequestRecord[]> {
    const due = () =>
      this.#knex<OrderRequestRow>('order_requests')
        .where({ status: 'waiting' })
        .andWhere('expires_at', '<=', databaseTime(this.#knex));
    // Mostly there are none: then nothing is written.
    if (!(await due().first('id'))) return [];
    const rows: OrderRequestRow[] = await due()
      .update({ status: 'expired' })
      .returning('*');
    return rows.map(toOrderRequest);
  }
}
