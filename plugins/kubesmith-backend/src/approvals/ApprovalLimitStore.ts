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

type Row = {
  environment: string;
  limits: string;
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

  /** Those of one environment; undefined when no order waits there. */
  async get(environment: string): Promise<ApprovalLimits | undefined> {
    return (await this.list([environment]))[0]?.limits;
  }

  /** Sets the limits of an environment; empty ones let no order wait any more. */
  async put(
    environment: string,
    limits: ApprovalLimits,
    updatedBy: string,
  ): Promise<ApprovalLimitRecord> {
    await this.#knex('approval_limits')
      .insert({
        environment,
        limits: JSON.stringify(limits),
        updated_by: updatedBy,
        updated_at: databaseTime(this.#knex),
      })
      .onConflict('environment')
      .merge(['limits', 'updated_by', 'updated_at']);
    return (await this.list([environment]))[0];
  }

  /**
   * Reads the limits of an environment, and makes every other order there wait until the transaction ends.
   *
   * @param tx - a transaction that has written already
   */
  async lock(
    tx: Knex.Transaction,
    environment: string,
  ): Promise<ApprovalLimits | undefined> {
    const [row]: Row[] = await tx<Row>('approval_limits')
      .where({ environment })
      .update({ version: tx.raw('version + 1') } as object)
      .returning('*');
    return row && toRecord(row).limits;
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
