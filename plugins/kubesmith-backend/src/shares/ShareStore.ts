import type { Knex } from 'knex';
import { optionalTime } from '../database/clusterRows';
import { databaseTime, readDatabaseTime } from '../database/databaseTime';
import {
  type ShareRow,
  parseNamespaces,
  whereLive,
} from '../database/liveShares';
import type { ShareRecord } from '../database/records';

/** A share that is about to be made. */
export type NewShare = Omit<ShareRecord, 'createdAt' | 'endedAt' | 'endedBy'>;

/** Shares of clusters. What was shared and is not any more stays as history. */
export class ShareStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** One share, ended ones too. */
  async get(id: string, tx: Knex = this.#knex) {
    const row = await tx<ShareRow>('shares').where({ id }).first();
    return row && toShareRecord(row);
  }

  /** The shares of a cluster that hold now, oldest first. */
  async listLive(
    clusterId: string,
    tx: Knex = this.#knex,
  ): Promise<ShareRecord[]> {
    const rows: ShareRow[] = await whereLive(
      tx('shares').where('shares.cluster_id', clusterId),
    )
      .orderBy(['shares.created_at', 'shares.id'])
      .select('shares.*');
    return rows.map(toShareRecord);
  }

  /** Records a share. */
  async insert(share: NewShare, tx: Knex = this.#knex): Promise<ShareRecord> {
    await tx('shares').insert({
      id: share.id,
      cluster_id: share.clusterId,
      subject: share.subject,
      role: share.role,
      namespaces: share.namespaces ? JSON.stringify(share.namespaces) : null,
      until: share.until,
      created_at: await readDatabaseTime(tx),
      created_by: share.createdBy,
    });
    return (await this.get(share.id, tx))!;
  }

  /** Ends a share now. One that has ended stays as it is. */
  async end(id: string, endedBy: string): Promise<ShareRecord> {
    await this.#knex('shares')
      .where({ id })
      .whereNull('ended_at')
      .update({
        // One whose time is over ended then, and by itself.
        ended_by: this.#knex.raw('case when until > ? then ? end', [
          databaseTime(this.#knex),
          endedBy,
        ]),
        ended_at: this.#knex.raw('case when until > ? then ? else until end', [
          databaseTime(this.#knex),
          databaseTime(this.#knex),
        ]),
      });
    return (await this.get(id))!;
  }

  /**
   * Notes of shares whose time is over that they have ended. They hold no longer without it; this is for those who have to
   * be told.
   *
   * @returns ids of their clusters, each in the answer to one caller only
   */
  async endOverdue(): Promise<string[]> {
    const overdue: ShareRow[] = await this.#knex<ShareRow>('shares')
      .whereNull('ended_at')
      .andWhere('until', '<=', databaseTime(this.#knex))
      .select('*');
    const told = new Set<string>();
    for (const { id, cluster_id: clusterId } of overdue) {
      const count = await this.#knex('shares')
        .where({ id })
        .whereNull('ended_at')
        .update({ ended_at: this.#knex.ref('until') });
      if (count > 0) told.add(clusterId);
    }
    return [...told];
  }
}

function toShareRecord(row: ShareRow): ShareRecord {
  return {
    id: row.id,
    clusterId: row.cluster_id,
    subject: row.subject,
    role: row.role,
    namespaces: parseNamespaces(row.namespaces),
    until: Number(row.until),
    createdAt: Number(row.created_at),
    createdBy: row.created_by,
    endedAt: optionalTime(row.ended_at),
    endedBy: row.ended_by ?? undefined,
  };
}
