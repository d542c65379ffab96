import type {
  FieldProblem,
  OrderDraft,
} from '@kubesmith/plugin-kubesmith-common';
import type { Environments } from '../environments/Environments';
import { conflict } from '../errors/apiErrors';
import type {
  OrderService,
  OrderToPlace,
  Placed,
} from '../orders/OrderService';
import type { ClusterAccess } from '../permissions/ClusterAccess';
import { ApprovalNeeded } from './ApprovalRules';
import type { OrderRequestStore } from './OrderRequestStore';
import type { RequestNotices } from './RequestNotices';
import type { OrderRequestRecord } from './records';
import { DAY_MS, HOUR_MS } from '../time';

const LIFETIME_MS = 7 * DAY_MS;
/** More of one person would only be noise to those who decide. */
const MOST_WAITING = 20;
/** Approvers hear of so many orders of one person in an environment within an hour; the page Requests shows them all. */
const MOST_NOTICES = 3;

type Deps = {
  access: Pick<ClusterAccess, 'ordererOf'>;
  environments: Pick<Environments, 'find'>;
  notices: Pick<RequestNotices, 'waiting' | 'over'>;
  /** Puts it on record. */
  onExpired(request: OrderRequestRecord): Promise<void>;
  orders: Pick<OrderService, 'place'>;
  store: OrderRequestStore;
};

/** Between two looks somebody else decided. */
class NotWaiting extends Error {
  readonly name = 'NotWaiting';
}

/** Orders that wait for an approver: no worker and no address waits with them. */
export class OrderRequests {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Reserves a cluster; or lets its order wait, when it needs an approval. Throws what {@link OrderService.place} throws. */
  async placeOrOpen(
    draft: OrderDraft,
    order: Omit<OrderToPlace, 'approved'>,
  ): Promise<Placed | { waiting: OrderRequestRecord }> {
    const { orders, store } = this.#deps;
    const { caller, requestKey } = order;
    // What was asked before stays what it is, also when it would not need an approval any more.
    const earlier = await store.findByKey(requestKey);
    if (earlier && earlier.status !== 'approved') return { waiting: earlier };
    try {
      return await orders.place(draft, order);
    } catch (error) {
      if (!(error instanceof ApprovalNeeded)) throw error;
      const { owner, why } = error;
      return {
        waiting: await this.#open({
          requestKey,
          environment: draft.environment!,
          owner,
          requester: caller.userRef,
          draft,
          why,
        }),
      };
    }
  }

  /** Lets an order wait, and tells those who may decide. */
  async #open(
    request: Omit<Parameters<OrderRequestStore['open']>[0], 'lifetimeMs'>,
  ): Promise<OrderRequestRecord> {
    const { environments, notices, store } = this.#deps;
    const opened = await store.open(
      { ...request, lifetimeMs: LIFETIME_MS },
      MOST_WAITING,
    );
    if (!opened) {
      throw conflict('KUBESMITH-REQUESTS-TOO-MANY', { most: MOST_WAITING });
    }
    const { record, isNew } = opened;
    if (!isNew) return record;
    const environment = await environments.find(record.environment);
    if (
      environment &&
      (await store.countOpened(record, HOUR_MS)) <= MOST_NOTICES
    ) {
      await notices.waiting(record, environment);
    }
    return record;
  }

  /**
   * Places the order as its requester would at this moment: with the requester's rights, quotas and name. Whether it is
   * approved is decided in the transaction that reserves the cluster.
   *
   * @throws a 409 when it is decided already, or when the order is not possible any more: then it goes on to wait
   */
  async approve(
    request: OrderRequestRecord,
    decision: { by: string; reason?: string },
  ): Promise<{ request: OrderRequestRecord; placed: Placed }> {
    const { access, orders, store } = this.#deps;
    const { id, draft, requestKey, requester } = request;
    await this.#requireWaiting(id);
    let placed: Placed;
    try {
      placed = await orders.place(draft, {
        caller: await access.ordererOf(requester),
        requestKey,
        approved: {
          by: decision.by,
          settle: async (tx, clusterId) => {
            const isOurs = await store.decide(
              id,
              { ...decision, status: 'approved', clusterId },
              tx,
            );
            if (!isOurs) throw new NotWaiting();
          },
        },
      });
    } catch (error) {
      if (error instanceof NotWaiting) throw await this.#decidedAlready(id);
      const problems = problemsOf(error);
      if (!problems) throw error;
      await store.noteProblems(id, problems);
      throw Object.assign(
        conflict('KUBESMITH-REQUEST-NOT-POSSIBLE', {
          problems: problems
            .map(({ message, remedy }) => `${message} ${remedy}`)
            .join(' '),
        }),
        { problems },
      );
    }
    const approved = (await store.get(id))!;
    // The cluster may be there because another approver was faster.
    if (approved.decidedBy !== decision.by) {
      throw await this.#decidedAlready(id);
    }
    await this.#deps.notices.over(approved);
    return { request: approved, placed };
  }

  /** Refuses it, or takes it back. */
  async end(
    id: string,
    decision: {
      status: 'refused' | 'withdrawn';
      by: string;
      reason?: string;
    },
  ): Promise<OrderRequestRecord> {
    const { notices, store } = this.#deps;
    if (!(await store.decide(id, decision))) {
      throw await this.#decidedAlready(id);
    }
    const ended = (await store.get(id))!;
    if (decision.status === 'refused') await notices.over(ended);
    return ended;
  }

  /** Ends what waited for too long, and tells who asked. */
  async expire(): Promise<OrderRequestRecord[]> {
    const expired = await this.#deps.store.expireDue();
    for (const request of expired) {
      await this.#deps.onExpired(request);
      await this.#deps.notices.over(request);
    }
    return expired;
  }

  async #requireWaiting(id: string): Promise<void> {
    const { status } = (await this.#deps.store.get(id))!;
    if (status !== 'waiting') throw await this.#decidedAlready(id);
  }

  async #decidedAlready(id: string) {
    const request = (await this.#deps.store.get(id))!;
    return conflict('KUBESMITH-REQUEST-OVER', {
      // One that waited for too long is over before the sweeper has been there.
      status: request.status === 'waiting' ? 'expired' : request.status,
    });
  }
}

function problemsOf(error: unknown): FieldProblem[] | undefined {
  const { problems } = error as { problems?: FieldProblem[] };
  return Array.isArray(problems) ? problems : undefined;
}
