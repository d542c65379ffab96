import type { ApprovalLimits } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import { databaseTime } from '../database/databaseTime';

/** Above which size the orders of an environment wait for an approver. */
export interface ApprovalLimitRecord {
  environment: string;
  limits: ApprovalLimits;
  /** Entity ref. */
  updatedBy: string;
  /** Milliseconds since the epoch. */
  updatedAt: number;
}

/** The limits that hold for a person's orders: all of them. */
export type LimitsFor = {
  limits: ApprovalLimits;
  /** Whether the person changed the limits last, so that these are of who set them before. */
  ofOthers: boolean;
};

type Row = {
  environment: string;
  limits: string;
  /** The last ones that were not set by `updated_by`. */
  others_limits: string | null;
  updated_by: string;
  updated_at: number | string;
};

/** The limits of approval in the database, one row for an environment that has any. */
export class ApprovalLimitStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Those of some environments, by name. */
  async list(environments: readonly string[]): Promise<ApprovalLimitRecord[]> {
    const rows = await this.#knex<Row>('approval_limits')
      .whereIn('environment', environments)
      .orderBy('environment');
    return rows.map(toRecord);
  }

  /** Those of one environment that hold for a person's orders. */
  async get(
    environment: string,
    person: string,
    tx: Knex = this.#knex,
  ): Promise<LimitsFor[]> {
    const row = await tx<Row>('approval_limits').where({ environment }).first();
    return row ? limitsFor(row, person) : [];
  }

  /** Sets the limits of an environment; empty ones let no order wait any more, but for those of who set them. */
  async put(
    environment: string,
    limits: ApprovalLimits,
    updatedBy: string,
  ): Promise<ApprovalLimitRecord> {
    const [row]: Row[] = await this.#knex('approval_limits')
      .insert({
        environment,
        limits: JSON.stringify(limits),
        updated_by: updatedBy,
        updated_at: databaseTime(this.#knex),
      })
      .onConflict('environment')
      .merge({
        others_limits: this.#knex.raw(
          'case when approval_limits.updated_by = excluded.updated_by then approval_limits.others_limits else approval_limits.limits end',
        ),
        limits: this.#knex.raw('excluded.limits'),
        updated_by: this.#knex.raw('excluded.updated_by'),
        updated_at: this.#knex.raw('excluded.updated_at'),
      } as object)
      .returning('*');
    return toRecord(row);
  }

  /**
   * Reads the limits of an environment that hold for a person's orders, and makes every other order there wait until the
   * transaction ends.
   *
   * @param tx - a transaction that has written already
   */
  async lock(
    tx: Knex.Transaction,
    environment: string,
    person: string,
  ): Promise<LimitsFor[]> {
    const [row]: Row[] = await tx<Row>('approval_limits')
      .where({ environment })
      .update({ version: tx.raw('version + 1') } as object)
      .returning('*');
    return row ? limitsFor(row, person) : [];
  }
}

function toRecord(row: Row): ApprovalLimitRecord {
  return {
    environment: row.environment,
    limits: JSON.parse(row.limits),
    updatedBy: row.updated_by,
    updatedAt: Number(row.updated_at),
  };
}

/** Nobody decides about their own orders, nor by the limits: those that somebody else set last hold for who changed them. */
function limitsFor(row: Row, person: string): LimitsFor[] {
  const current = { limits: toRecord(row).limits, ofOthers: false };
  return row.updated_by === person && row.others_limits !== null
    ? [current, { limits: JSON.parse(row.others_limits), ofOthers: true }]
    : [current];
}
