import {
  type FieldProblem,
  fieldProblem,
  quotaUnit,
  shownAmount,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import { requestRefused } from '../errors/apiErrors';
import type { QuotaRecord, QuotaStore } from './QuotaStore';
import { type Amounts, type Standing, isExceeded, standings } from './amounts';
import { shortRef } from '../people/shortRef';
import { describeQuota } from './describeQuota';
import { type UseOf, readUse } from './readUse';

/** Something that would use more, such as an order, as quotas see it. */
export interface Demand {
  environment: string;
  /** How the environment is called in texts; by default by its name. */
  environmentTitle?: string;
  /** Entity ref of the group that runs the environment: whom to ask for more. */
  environmentOwner: string;
  /** Entity ref of whom the cluster belongs to. */
  owner: string;
  /** The person for whom it counts: the owner, or who orders it for a group. */
  person: { userRef: string; claims: readonly string[] };
  /** What it needs more than there is now, as far as that is known. */
  amounts: Partial<Amounts>;
  /** The field of the request at which to say that it is too much; by default, the one of the order form. */
  field?: string;
  /** Whose it is until now, when it is there already: a quota that counts it does not count it twice. */
  already?: { owner: string; userRef: string };
}

/** A quota that applies to somebody, and how its limits stand. */
export interface AppliedQuota {
  quota: QuotaRecord;
  standings: Standing[];
}

/** Which quotas apply to an order, and whether they hold. All that apply must hold. */
export class Quotas {
  readonly #knex: Knex;
  readonly #store: QuotaStore;

  constructor(deps: { knex: Knex; store: QuotaStore }) {
    this.#knex = deps.knex;
    this.#store = deps.store;
  }

  /** How the quotas stand that apply to an order; promises nothing. */
  async preview(
    demand: Demand,
    tx: Knex = this.#knex,
  ): Promise<AppliedQuota[]> {
    const all = await this.#store.list([demand.environment], tx);
    return this.#standings(
      all.filter(quota => applies(quota, demand)),
      demand,
      tx,
    );
  }

  /**
   * Makes sure that an order keeps all quotas: until the transaction ends, no other order that one of them applies to goes on.
   *
   * @param tx - a transaction that has written already
   * @throws a 400 with all problems
   */
  async require(tx: Knex.Transaction, demand: Demand): Promise<QuotaRecord[]> {
    const all = await this.#store.list([demand.environment], tx);
    const locked = await this.#store.lock(
      tx,
      all.filter(quota => applies(quota, demand)).map(({ id }) => id),
    );
    const problems = quotaProblems(
      await this.#standings(locked, demand, tx),
      demand,
    );
    if (problems.length > 0) throw requestRefused(problems);
    return locked;
  }

  /** How long a cluster may last at most by the quotas that apply to it, in days; undefined when none says. */
  async longestLease(demand: Demand): Promise<number | undefined> {
    const all = await this.#store.list([demand.environment]);
    return longestLeaseDays(all.filter(quota => applies(quota, demand)));
  }

  /** The quotas of some environments that apply to a person, or to what the person's groups own, as they stand now. */
  async of(
    person: Demand['person'],
    environments: readonly string[],
  ): Promise<AppliedQuota[]> {
    const applied: AppliedQuota[] = [];
    for (const quota of await this.#store.list(environments)) {
      const owner =
        quota.scope === 'group' && person.claims.includes(quota.subject!)
          ? quota.subject!
          : person.userRef;
      if (applies(quota, { owner, person })) {
        const use = await readUse(this.#knex, useOf(quota, { person }));
        applied.push({ quota, standings: standings(quota.limits, use, {}) });
      }
    }
    return applied;
  }

  async #standings(
    quotas: QuotaRecord[],
    demand: Demand,
    tx: Knex,
  ): Promise<AppliedQuota[]> {
    const applied: AppliedQuota[] = [];
    for (const quota of quotas) {
      const use = await readUse(tx, useOf(quota, demand));
      applied.push({
        quota,
        standings: standings(
          quota.limits,
          use,
          countsAlready(quota, demand) ? {} : demand.amounts,
        ),
      });
    }
    return applied;
  }
}

/** Whether a quota counts something that goes from one owner to another before and after. */
function countsAlready(
  { scope, subject }: Pick<QuotaRecord, 'scope' | 'subject'>,
  { already, person }: Pick<Demand, 'already' | 'person'>,
): boolean {
  if (!already) return false;
  if (scope === 'environment') return true;
  return scope === 'group'
    ? subject === already.owner
    : person.userRef === already.userRef;
}

/** Whether a quota is about such an order. */
export function applies(
  { scope, subject }: Pick<QuotaRecord, 'scope' | 'subject'>,
  { owner, person }: Pick<Demand, 'owner' | 'person'>,
): boolean {
  switch (scope) {
    case 'group':
      return subject === owner;
    case 'each-member':
      return person.claims.includes(subject!);
    case 'person':
      return subject === person.userRef;
    default:
      return true;
  }
}

function useOf(
  { environment, scope, subject }: QuotaRecord,
  { person }: Pick<Demand, 'person'>,
): UseOf {
  switch (scope) {
    case 'environment':
      return { environment };
    case 'group':
      return { environment, group: subject! };
    default:
      return { environment, person: person.userRef };
  }
}

/** Which limits an order would break: which quota it is, what is left of it, and whom to ask. */
export function quotaProblems(
  applied: readonly AppliedQuota[],
  demand: Pick<Demand, 'environmentOwner' | 'environmentTitle' | 'field'>,
): FieldProblem[] {
  const { environmentOwner, environmentTitle, field } = demand;
  return applied.flatMap(({ quota, standings: all }) =>
    all.filter(isExceeded).map(({ resource, limit, use, needed }) =>
      fieldProblem(
        // The form shows it where something can be done about it.
        field ?? (resource === 'clusters' ? 'environment' : 'workers'),
        'KUBESMITH-QUOTA-EXCEEDED',
        {
          quota: describeQuota(quota, { environment: environmentTitle }),
          left: shownAmount(resource, Math.max(0, limit - use)),
          limit: shownAmount(resource, limit),
          needed: shownAmount(resource, needed),
          unit: quotaUnit(resource),
          contact: shortRef(environmentOwner),
        },
      ),
    ),
  );
}

/** How long a cluster may last by the quotas, in days: the shortest of their leases; undefined when none says. */
export function longestLeaseDays(
  quotas: readonly Pick<QuotaRecord, 'limits'>[],
): number | undefined {
  const days = quotas.flatMap(({ limits }) => limits.leaseDays ?? []);
  return days.length > 0 ? Math.min(...days) : undefined;
}
