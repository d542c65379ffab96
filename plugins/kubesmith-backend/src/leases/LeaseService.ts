import {
  fieldProblem,
  type FieldProblem,
  type KubesmithErrorCode,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord } from '../database/records';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import type { OperationStore } from '../engine/OperationStore';
import { conflict, notFound, requestRefused } from '../errors/apiErrors';
import { reasonProblem } from '../orders/reasonProblem';
import { DAY_MS } from '../time';
import type { LeaseClock } from './LeaseClock';
import type { LeaseStore } from './LeaseStore';
import {
  type FindLeaseRules,
  type FindQuotaLease,
  type LeaseRules,
} from './records';

/** A second press of the button within this time asks for the same. */
const SAME_MS = 60_000;
/** What `Date` can hold. */
const LAST_MOMENT = 8.64e15;

/** Until when: a moment (ms since the epoch), or so many days from now; one of them. */
export type Wanted = { until?: number; days?: number };

/** Gives clusters more time, and keeps them from expiring. */
export class LeaseService {
  readonly #deps: {
    clock: LeaseClock;
    clusters: ClusterStore;
    knex: Knex;
    leases: LeaseStore;
    operations: OperationStore;
    quotaLeaseOf: FindQuotaLease;
    rulesOf: FindLeaseRules;
  };

  constructor(deps: {
    clock: LeaseClock;
    clusters: ClusterStore;
    knex: Knex;
    leases: LeaseStore;
    operations: OperationStore;
    quotaLeaseOf: FindQuotaLease;
    rulesOf: FindLeaseRules;
  }) {
    this.#deps = deps;
  }

  /**
   * Puts the end of a cluster later, at most as far from now as its environment and its quotas allow. Asking for the end that
   * it has does nothing. Whoever comes before the deletion is accepted, wins: it then does not happen.
   *
   * @returns the ends before and after
   */
  async extend(
    clusterId: string,
    wanted: Wanted,
    by: string,
  ): Promise<{ from: number; to: number }> {
    const { clusters, quotaLeaseOf, rulesOf } = this.#deps;
    const known = await clusters.get(clusterId);
    // It asks the catalog, which must not hold up a transaction.
    const quotaLeaseMs = known && (await quotaLeaseOf(known));
    return this.#change(clusterId, async (tx, cluster, now) => {
      const rules = shortened(
        await rulesOf(cluster.environment, tx),
        quotaLeaseMs,
      );
      if (!rules)
        throw conflict('KUBESMITH-LEASE-UNKNOWN', {
          environment: cluster.environment,
        });
      const from = cluster.expiresAt;
      const latest = now + rules.maxLeaseMs;
      const to = wantedEnd(wanted, now);
      const refuse = (code: KubesmithErrorCode) =>
        requestRefused([
          fieldProblem(wanted.days === undefined ? 'until' : 'days', code, {
            name: cluster.name,
            environment: cluster.environment,
            until: iso(to),
            now: iso(now),
            latest: iso(latest),
            days: inDays(rules.maxLeaseMs),
            expiresAt: iso(from),
          }),
        ]);
      if (to <= now) throw refuse('KUBESMITH-LEASE-PAST');
      if (Math.abs(to - from) < SAME_MS) return { from, to: from };
      if (to < from) throw refuse('KUBESMITH-LEASE-NOT-LONGER');
      if (to > latest) throw refuse('KUBESMITH-LEASE-TOO-LONG');
      await this.#deps.leases.change(tx, clusterId, {
        changedAt: now,
        changedBy: by,
        from,
        to,
      });
      return { from, to };
    });
  }

  /** The rules for one cluster as they are now; undefined when its environment is not configured (any more). */
  async rulesFor(cluster: ClusterRecord): Promise<LeaseRules | undefined> {
    const { quotaLeaseOf, rulesOf } = this.#deps;
    return shortened(
      await rulesOf(cluster.environment),
      // A page must show the time of a cluster also while the catalog is away; whoever extends hears of it.
      await quotaLeaseOf(cluster).catch(error => {
        if (error?.code === 'KUBESMITH-CATALOG-AWAY') return undefined;
        throw error;
      }),
    );
  }

  /** Keeps a cluster from expiring, until somebody ends that or until a time. A second hold replaces the first. */
  async hold(
    clusterId: string,
    hold: { reason: string; until?: number },
    by: string,
  ): Promise<void> {
    const { reason, until } = hold;
    const problem: FieldProblem | undefined =
      reason.trim() === ''
        ? fieldProblem('reason', 'KUBESMITH-FIELD-MISSING', { field: 'reason' })
        : reasonProblem(reason);
    if (problem) throw requestRefused([problem]);
    await this.#change(clusterId, async (tx, _cluster, now) => {
      if (until !== undefined && !(until > now && until <= LAST_MOMENT))
        throw requestRefused([
          fieldProblem('until', 'KUBESMITH-LEASE-PAST', {
            until: iso(until),
            now: iso(now),
          }),
        ]);
      await this.#deps.leases.putHold(tx, clusterId, {
        reason: reason.trim(),
        heldBy: by,
        heldAt: now,
        until,
      });
    });
  }

  /** Ends the hold of a cluster; does nothing when there is none. A cluster whose time is over gets its whole grace. */
  async release(clusterId: string, by: string): Promise<void> {
    await this.#change(clusterId, (tx, _cluster, now) =>
      this.#deps.leases.release(tx, clusterId, { by, now }),
    );
  }

  /** Changes a cluster that lives, while nobody else begins something with it. */
  async #change<T>(
    clusterId: string,
    change: (
      tx: Knex.Transaction,
      cluster: ClusterRecord,
      now: number,
    ) => Promise<T>,
  ): Promise<T> {
    const { clock, clusters, knex, operations } = this.#deps;
    return repeatWhenBusy(() =>
      knex.transaction(async tx => {
        await operations.lock(clusterId, tx);
        await clusters.lock(clusterId, tx);
        const cluster = await clusters.get(clusterId, tx);
        if (!cluster) throw notFound('cluster', clusterId);
        if (cluster.phase === 'deleting' || cluster.phase === 'deleted')
          throw conflict('KUBESMITH-CLUSTER-ENDING', { name: cluster.name });
        return change(tx, cluster, await clock.now(tx));
      }),
    );
  }
}

function shortened(
  rules: LeaseRules | undefined,
  quotaLeaseMs: number | undefined,
): LeaseRules | undefined {
  return (
    rules && {
      ...rules,
      maxLeaseMs: Math.min(rules.maxLeaseMs, quotaLeaseMs ?? Infinity),
    }
  );
}

function wantedEnd({ until, days }: Wanted, now: number): number {
  const end = until ?? now + (days ?? Number.NaN) * DAY_MS;
  if ((until === undefined) === (days === undefined) || !(end <= LAST_MOMENT))
    throw requestRefused([
      fieldProblem('until', 'KUBESMITH-FIELD-INVALID', {
        field: 'until',
        detail: 'or `days` must say when the time ends, and only one of them',
      }),
    ]);
  return Math.round(end);
}

function iso(moment: number): string {
  return new Date(moment).toISOString();
}

function inDays(ms: number): number {
  return Math.round((ms / DAY_MS) * 10) / 10;
}
