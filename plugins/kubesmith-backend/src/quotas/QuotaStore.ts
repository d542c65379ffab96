import { randomUUID } from 'node:crypto';
import type {
  QuotaLimits,
  QuotaScope,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import { databaseTime } from '../database/databaseTime';

/** One quota as it is stored. */
export interface QuotaRecord {
  id: string;
  environment: string;
  scope: QuotaScope;
  /** Entity ref of the group or person that it names; undefined for `environment` and `each-person`. */
  subject?: string;
  limits: QuotaLimits;
  /** Entity ref of who changed it last. */
  updatedBy: string;
  /** Milliseconds since the epoch. */
  updatedAt: number;
}

/** Whom and where a quota is for: there is one at most. */
export type QuotaKey = Pick<QuotaRecord, 'environment' | 'scope' | 'subject'>;

type QuotaRow = {
  id: string;
  environment: string;
  scope: QuotaScope;
  subject: string;
  limits: string;
  version: number | string;
  updated_by: string;
  updated_at: number | string;
};

/** Quotas in the database. */
export class QuotaStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Those of some environments, or all; by environment, scope and subject. */
  async list(
    environments?: readonly string[],
    tx: Knex = this.#knex,
  ): Promise<QuotaRecord[]> {
    const query = tx<QuotaRow>('quotas').orderBy([
      'environment',
      'scope',
      'subject',
    ]);
    if (environments) query.whereIn('environment', environments);
    return (await query).map(toRecord);
  }

  /** One of them; undefined if there is none with this id. */
  async get(id: string): Promise<QuotaRecord | undefined> {
    const row = await this.#knex<QuotaRow>('quotas').where({ id }).first();
    return row && toRecord(row);
  }

  /** Sets the limits of a quota, which is made when there is none for this place and subject. */
  async put(
    key: QuotaKey,
    limits: QuotaLimits,
    updatedBy: string,
  ): Promise<QuotaRecord> {
    const where = {
      environment: key.environment,
      scope: key.scope,
      subject: key.subject ?? '',
    };
    await this.#knex('quotas')
      .insert({
        id: randomUUID(),
        ...where,
        limits: JSON.stringify(limits),
        updated_by: updatedBy,
        updated_at: databaseTime(this.#knex),
      })
      .onConflict(['environment', 'scope', 'subject'])
      .merge(['limits', 'updated_by', 'updated_at']);
    const row = await this.#knex<QuotaRow>('quotas').where(where).first();
    return toRecord(row!);
  }

  /** Takes a quota away; false when there was none. */
  async delete(id: string): Promise<boolean> {
    return (await this.#knex<QuotaRow>('quotas').where({ id }).delete()) > 0;
  }

  /**
   * Makes every other order that one of these quotas applies to wait until the transaction ends, and reads them anew. They are
   * locked in the order of their ids, so that two who do this never wait for each other.
   *
   * @param tx - a transaction that has written already
   */
  async lock(
    tx: Knex.Transaction,
    ids: readonly string[],
  ): Promise<QuotaRecord[]> {
    const locked: QuotaRecord[] = [];
    for (const id of [...ids].sort()) {
      const rows: QuotaRow[] = await tx<QuotaRow>('quotas')
        .where({ id })
        .update({ version: tx.raw('version + 1') } as object)
        .returning('*');
      locked.push(...rows.map(toRecord));
    }
    return locked;
  }
}

function toRecord(row: QuotaRow): QuotaRecord {
  return {
    id: row.id,
    environment: row.environment,
    scope: row.scope,
    subject: row.subject || undefined,
    limits: JSON.parse(row.limits),
    updatedBy: row.updated_by,
    updatedAt: Number(row.updated_at),
  };
}
