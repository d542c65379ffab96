import { randomUUID } from 'node:crypto';
import type { FieldProblem } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import { databaseTime, readDatabaseTime } from '../database/databaseTime';
import { isUniqueViolation } from '../database/isUniqueViolation';
import type { Decision, OrderRequestRecord } from './records';
import { type OrderRequestRow, toOrderRequest } from './requestRows';

/** Of each kind; what is longer ago is in the audit trail. */
const MOST_LISTED = 500;

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
   */
  async open(
    request: Pick<
      OrderRequestRecord,
      'requestKey' | 'environment' | 'owner' | 'requester' | 'draft' | 'why'
    > & { lifetimeMs: number },
  ): Promise<{ record: OrderRequestRecord; isNew: boolean }> {
    const { requestKey } = request;
    const earlier = await this.findByKey(requestKey);
    if (earlier) return { record: earlier, isNew: false };
    const now = await readDatabaseTime(this.#knex);
    try {
      await this.#knex('order_requests').insert({
        id: randomUUID(),
        request_key: requestKey,
        environment: request.environment,
        owner: request.owner,
        requester: request.requester,
        draft: JSON.stringify(request.draft),
        why: JSON.stringify(request.why),
        status: 'waiting',
        created_at: now,
        expires_at: now + request.lifetimeMs,
      });
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      return { record: (await this.findByKey(requestKey))!, isNew: false };
    }
    return { record: (await this.findByKey(requestKey))!, isNew: true };
  }

  /** One of them; undefined if there is none. */
  async get(id: string): Promise<OrderRequestRecord | undefined> {
    const row = await this.#knex<OrderRequestRow>('order_requests')
      .where({ id })
      .first();
    return row && toOrderRequest(row);
  }

  /** The one of an order, by the order's request key. */
  async findByKey(requestKey: string): Promise<OrderRequestRecord | undefined> {
    const row = await this.#knex<OrderRequestRow>('order_requests')
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

  /** How many orders of a person wait. */
  async countWaiting(requester: string): Promise<number> {
    const [{ n }] = await this.#knex('order_requests')
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
