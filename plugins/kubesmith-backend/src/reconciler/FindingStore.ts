import { randomUUID } from 'node:crypto';
import type { FindingKind } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import { databaseTime, readDatabaseTime } from '../database/databaseTime';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import { LeaseLostError } from '../engine/OperationStore';
import {
  type FindingRow,
  openKey,
  toAnswerRecord,
  toFindingRecord,
} from './findingRows';
import type {
  AnswerRecord,
  FindingRecord,
  Sighting,
  Unknowns,
} from './records';

/** Nobody else looks for so long, unless it is renewed. */
export const LOOK_LEASE_MS = 30_000;
/** No right to look ends later than this; the clock may be set back by a little while somebody has it. */
const LONGEST_LEASE_MS = 2 * LOOK_LEASE_MS;
/** Two looks closer to each other than this count as one sighting. */
const SIGHTING_GAP_MS = 60_000;
/** How long ended findings are kept. */
const KEPT_MS = 30 * 24 * 3_600_000;
const MOST_LISTED = 1000;

/** The right to look; each claim raises the epoch, and whoever has an older one writes nothing. */
export interface LookLease {
  epoch: number;
}

/** Findings, who looks, and what the last look could see. All times are the database's. */
export class FindingStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /**
   * Claims the right to look. Times that cannot be, because the clock was put back since, are in nobody's way; who still looks
   * loses the right.
   *
   * @param restMs - not when a look ended less than this ago
   * @returns undefined when somebody else looks, or looked a moment ago
   */
  async claim(restMs = 0): Promise<LookLease | undefined> {
    const now = databaseTime(this.#knex);
    const [row] = await repeatWhenBusy(() =>
      this.#knex('reconciler_state')
        .where({ id: 1 })
        .andWhere(query =>
          query
            .whereNull('lease_until')
            .orWhere('lease_until', '<=', now)
            .orWhere(
              'lease_until',
              '>',
              this.#knex.raw('? + ?', [now, LONGEST_LEASE_MS]),
            ),
        )
        .andWhere(query =>
          query
            .whereNull('finished_at')
            .orWhere(
              'finished_at',
              '<=',
              this.#knex.raw('? - ?', [now, restMs]),
            )
            .orWhere('finished_at', '>', now),
        )
        .update({
          epoch: this.#knex.raw('epoch + 1'),
          lease_until: this.#knex.raw('? + ?', [now, LOOK_LEASE_MS]),
        })
        .returning('epoch'),
    );
    return row && { epoch: row.epoch };
  }

  /**
   * Renews the right to look; to be called before each effect.
   *
   * @throws LeaseLostError when somebody else has it
   */
  async renew(lease: LookLease, tx: Knex = this.#knex): Promise<void> {
    const now = databaseTime(tx);
    const renewed = await tx('reconciler_state')
      .where({ id: 1, epoch: lease.epoch })
      .andWhere('lease_until', '>', now)
      .update({ lease_until: tx.raw('? + ?', [now, LOOK_LEASE_MS]) });
    if (renewed !== 1)
      throw new LeaseLostError('Somebody else looks for differences now');
  }

  /** Ends a look. `complete` when it saw what it could, and noted it. */
  async release(lease: LookLease, complete: boolean): Promise<void> {
    await this.#knex('reconciler_state')
      .where({ id: 1, epoch: lease.epoch })
      .update({
        lease_until: null,
        ...(complete && { finished_at: databaseTime(this.#knex) }),
      });
  }

  /**
   * Notes what a look saw. What was not seen any more has ended, unless it could not be judged.
   *
   * @returns the open findings of the sightings, in their order
   */
  async record(
    lease: LookLease,
    look: {
      sightings: Sighting[];
      unknowns: Unknowns;
      answers: Omit<AnswerRecord, 'lookedAt'>[];
    },
  ): Promise<FindingRecord[]> {
    return repeatWhenBusy(() =>
      this.#knex.transaction(async tx => {
        await this.renew(lease, tx);
        const now = await readDatabaseTime(tx);
        const open = new Map(
          (await tx<FindingRow>('findings').whereNotNull('open_key')).map(
            row => [row.open_key!, row],
          ),
        );
        const seen: FindingRecord[] = [];
        for (const sighting of look.sightings) {
          const key = openKey(sighting);
          const before = open.get(key);
          const row = sightingRow(sighting, before, now);
          await tx('findings').insert(row).onConflict('id').merge();
          // The same thing seen in two ways in one look is one sighting.
          open.set(key, row);
          seen.push(toFindingRecord(row));
        }
        const seenKeys = new Set(look.sightings.map(openKey));
        const over = [...open.values()].filter(
          row => !seenKeys.has(row.open_key!) && isJudged(row, look.unknowns),
        );
        for (const { id } of over)
          await tx('findings')
            .where({ id })
            .update({ open_key: null, ended_at: now });
        await tx('findings')
          .where('ended_at', '<', now - KEPT_MS)
          .delete();
        await this.#noteAnswers(tx, look.answers, now);
        return seen;
      }),
    );
  }

  /** Notes that somebody was told of findings. */
  async noteTold(ids: string[]): Promise<void> {
    await this.#knex('findings')
      .whereIn('id', ids)
      .update({ told_at: databaseTime(this.#knex) });
  }

  /** Notes what was done about a finding, or, without `done`, why it could not be done. */
  async noteRepair(
    id: string,
    { done, text }: { done: boolean; text: string },
  ): Promise<void> {
    await this.#knex('findings')
      .where({ id })
      .update({
        repair: text,
        ...(done && { repaired_at: databaseTime(this.#knex) }),
      });
  }

  /** Findings, those that are still open first, then the newest; at most 1000. */
  async list(filter: {
    environments: string[];
    kind?: FindingKind;
    clusterId?: string;
    includeEnded?: boolean;
  }): Promise<FindingRecord[]> {
    const query = this.#knex<FindingRow>('findings').whereIn(
      'environment',
      filter.environments,
    );
    if (filter.kind) query.where({ kind: filter.kind });
    if (filter.clusterId) query.where({ cluster_id: filter.clusterId });
    if (!filter.includeEnded) query.whereNull('ended_at');
    const rows = await query
      .orderByRaw('case when ended_at is null then 0 else 1 end')
      .orderBy('last_seen_at', 'desc')
      .orderBy('first_seen_at', 'desc')
      .orderBy('id')
      .limit(MOST_LISTED);
    return rows.map(toFindingRecord);
  }

  /** How many open ones were seen in the pools of some environments and are about clusters of others. */
  async countElsewhere(environments: string[]): Promise<number> {
    const [row] = await this.#knex('findings')
      .whereNull('ended_at')
      .whereIn('seen_in', environments)
      .whereNotIn('environment', environments)
      .count({ n: '*' });
    return Number(row.n);
  }

  /** How many are open, by kind. */
  async countOpen(): Promise<Map<FindingKind, number>> {
    const rows: Array<{ kind: FindingKind; n: number | string }> =
      await this.#knex('findings')
        .whereNull('ended_at')
        .groupBy('kind')
        .select('kind')
        .count({ n: '*' });
    return new Map(rows.map(({ kind, n }) => [kind, Number(n)]));
  }

  /** Whether somebody looks now, when the last look ended, and what it could see. */
  async status(): Promise<{
    isLooking: boolean;
    finishedAt?: number;
    answers: AnswerRecord[];
  }> {
    const row = await this.#knex('reconciler_state').where({ id: 1 }).first();
    const answers = await this.#knex('reconciler_answers').orderBy(
      'environment',
    );
    const now = await readDatabaseTime(this.#knex);
    const leaseMs = Number(row.lease_until ?? 0) - now;
    return {
      isLooking: leaseMs > 0 && leaseMs <= LONGEST_LEASE_MS,
      finishedAt:
        row.finished_at === null ? undefined : Number(row.finished_at),
      answers: answers.map(toAnswerRecord),
    };
  }

  async #noteAnswers(
    tx: Knex.Transaction,
    answers: Omit<AnswerRecord, 'lookedAt'>[],
    now: number,
  ): Promise<void> {
    await tx('reconciler_answers')
      .whereNotIn(
        'environment',
        answers.map(({ environment }) => environment),
      )
      .delete();
    for (const { environment, answered, problem } of answers)
      await tx('reconciler_answers')
        .insert({
          environment,
          looked_at: now,
          answered,
          problem: problem ?? null,
        })
        .onConflict('environment')
        .merge();
  }
}

function sightingRow(
  sighting: Sighting,
  before: FindingRow | undefined,
  now: number,
): FindingRow {
  const gap = before && now - Number(before.counted_at);
  // It was not counted in the future: the clock was put back.
  const counts = gap === undefined || gap >= SIGHTING_GAP_MS || gap < 0;
  return {
    id: before?.id ?? randomUUID(),
    kind: sighting.kind,
    open_key: openKey(sighting),
    subject: sighting.subject,
    environment: sighting.environment,
    seen_in: sighting.seenIn ?? null,
    cluster_id: sighting.clusterId ?? null,
    vmid: sighting.vmid ?? null,
    detail: sighting.detail,
    next_step: sighting.nextStep,
    sightings: (before?.sightings ?? 0) + (counts ? 1 : 0),
    first_seen_at: before?.first_seen_at ?? now,
    last_seen_at: now,
    counted_at: counts ? now : before!.counted_at,
    ended_at: null,
    told_at: before?.told_at ?? null,
    repaired_at: before?.repaired_at ?? null,
    repair: before?.repair ?? null,
  };
}

function isJudged(
  row: FindingRow,
  { clusterIds, environments, subjects, vmids }: Unknowns,
): boolean {
  return !(
    environments.has(row.environment) ||
    (row.seen_in !== null && environments.has(row.seen_in)) ||
    (row.cluster_id !== null && clusterIds.has(row.cluster_id)) ||
    (row.vmid !== null && vmids.has(row.vmid)) ||
    subjects.has(row.subject)
  );
}
