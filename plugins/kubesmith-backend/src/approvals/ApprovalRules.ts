import {
  type ApprovalLimits,
  quotaUnit,
  shownAmount,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { Demand } from '../quotas/Quotas';
import { readUse } from '../quotas/readUse';
import type { ApprovalLimitStore, LimitsFor } from './ApprovalLimitStore';

const OWN_CHANGE =
  'These are the limits from before your own change of them, which does not count for your own orders.';

/** An order is fine by itself and waits for an approver: nothing was reserved. */
export class ApprovalNeeded extends Error {
  readonly name = 'ApprovalNeeded';
  constructor(
    /** Each in words. */
    readonly why: string[],
    /** Entity ref of whom the cluster shall belong to. */
    readonly owner: string,
  ) {
    super(why.join(' '));
  }
}

/** Which orders wait for an approver. */
export class ApprovalRules {
  readonly #knex: Knex;
  readonly #store: ApprovalLimitStore;

  constructor(deps: { knex: Knex; store: ApprovalLimitStore }) {
    this.#knex = deps.knex;
    this.#store = deps.store;
  }

  /** Why an order would wait, as far as it is filled in; promises nothing. Empty when it would not. */
  async preview(demand: Demand, tx: Knex = this.#knex): Promise<string[]> {
    const all = await this.#store.get(
      demand.environment,
      demand.person.userRef,
      tx,
    );
    return this.#whyAny(all, demand, tx);
  }

  /**
   * Why a cluster that there is may not grow without an approval: what would be said of an order for what it becomes, and not of
   * one for what it is.
   *
   * @param demand - with the amounts of the whole cluster afterwards
   */
  async previewGrowth(
    demand: Demand,
    before: Demand['amounts'],
    tx: Knex = this.#knex,
  ): Promise<string[]> {
    const said = new Set(
      await this.preview({ ...demand, amounts: before }, tx),
    );
    return (await this.preview(demand, tx)).filter(why => !said.has(why));
  }

  /**
   * Makes sure that an order need not wait: until the transaction ends, no other order of the environment goes on.
   *
   * @param tx - a transaction that has written already
   * @throws ApprovalNeeded
   */
  async require(tx: Knex.Transaction, demand: Demand): Promise<void> {
    const all = await this.#store.lock(
      tx,
      demand.environment,
      demand.person.userRef,
    );
    const why = await this.#whyAny(all, demand, tx);
    if (why.length > 0) throw new ApprovalNeeded(why, demand.owner);
  }

  /** By the limits of now, or else by those that the person cannot change for themselves. */
  async #whyAny(all: LimitsFor[], demand: Demand, tx: Knex): Promise<string[]> {
    for (const { limits, ofOthers } of all) {
      const why = await this.#why(limits, demand, tx);
      if (why.length > 0) return ofOthers ? [...why, OWN_CHANGE] : why;
    }
    return [];
  }

  async #why(
    limits: ApprovalLimits,
    { amounts, environment, person }: Demand,
    tx: Knex,
  ): Promise<string[]> {
    const why: string[] = [];
    const { nodes } = amounts;
    if (nodes !== undefined && isAbove(nodes - 1, limits.workers)) {
      why.push(
        `It has ${nodes - 1} workers; more than ${
          limits.workers
        } need an approval.`,
      );
    }
    for (const resource of ['vcpu', 'memoryMiB', 'diskGiB'] as const) {
      const value = amounts[resource];
      const limit = limits[resource];
      if (value !== undefined && isAbove(value, limit)) {
        why.push(
          `It has ${shownAmount(resource, value)} ${quotaUnit(
            resource,
          )}; more than ${shownAmount(resource, limit!)} need an approval.`,
        );
      }
    }
    if (limits.clustersPerPerson !== undefined) {
      const { clusters } = await readUse(tx, {
        environment,
        person: person.userRef,
      });
      if (isAbove(clusters + 1, limits.clustersPerPerson)) {
        why.push(
          `It is cluster number ${clusters + 1} of ${
            person.userRef
          }; more than ${
            limits.clustersPerPerson
          } for a person need an approval.`,
        );
      }
    }
    return why;
  }
}

function isAbove(value: number, limit: number | undefined): boolean {
  return limit !== undefined && value > limit;
}
