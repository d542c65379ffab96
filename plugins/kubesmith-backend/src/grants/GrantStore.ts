import type { Knex } from 'knex';
import { ASLEEP } from '../clusters/asleep';
import { optionalTime } from '../database/clusterRows';
import { databaseTime, readDatabaseTime } from '../database/databaseTime';
import { parseNamespaces } from '../database/liveShares';
import type { GrantEndReason, GrantRecord } from '../database/records';

type GrantRow = {
  id: string;
  cluster_id: string;
  user_ref: string;
  role: GrantRecord['role'];
  service_account: string;
  secret_name: string;
  created_at: number | string;
  expires_at: number | string;
  revoked_at: number | string | null;
  end_requested_at: number | string | null;
  end_reason: GrantEndReason | null;
  namespaces: string | null;
  share_ids: string | null;
};

/** Who was given which kubeconfig. Tokens are not kept anywhere. */
export class GrantStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Records a grant before it exists in the cluster, so that one that is half made can be found and removed. */
  async insert(
    grant: Omit<
      GrantRecord,
      'createdAt' | 'expiresAt' | 'revokedAt' | 'endRequestedAt' | 'endReason'
    > & { lifetimeMs: number },
  ): Promise<GrantRecord> {
    const now = await readDatabaseTime(this.#knex);
    await this.#knex('grants').insert({
      id: grant.id,
      cluster_id: grant.clusterId,
      user_ref: grant.userRef,
      role: grant.role,
      namespaces: grant.namespaces ? JSON.stringify(grant.namespaces) : null,
      share_ids: grant.shareIds ? JSON.stringify(grant.shareIds) : null,
      service_account: grant.serviceAccount,
      secret_name: grant.secretName,
      created_at: now,
      expires_at: now + grant.lifetimeMs,
    });
    return (await this.get(grant.id))!;
  }

  /** One grant. */
  async get(id: string): Promise<GrantRecord | undefined> {
    const row = await this.#knex<GrantRow>('grants').where({ id }).first();
    return row && toGrantRecord(row);
  }

  /** All grants of a cluster, newest first. */
  async list(clusterId: string): Promise<GrantRecord[]> {
    const rows = await this.#knex<GrantRow>('grants')
      .where({ cluster_id: clusterId })
      .orderBy('created_at', 'desc')
      .orderBy('id');
    return rows.map(toGrantRecord);
  }

  /** All kubeconfigs that work and are to go on working, in clusters that exist. */
  async listLive(): Promise<GrantRecord[]> {
    const rows = await this.#knex('grants')
      .join('clusters', 'clusters.id', 'grants.cluster_id')
      .whereNull('grants.revoked_at')
      .whereNull('grants.end_requested_at')
      .whereNull('clusters.deleted_at')
      .andWhere('grants.expires_at', '>', databaseTime(this.#knex))
      .orderBy('grants.id')
      .select('grants.*');
    return (rows as GrantRow[]).map(toGrantRecord);
  }

  /** Ids of the clusters, of those that exist, in which a kubeconfig is left that has to end. */
  async clustersWithOverdue(): Promise<string[]> {
    const rows = await this.#overdue().distinct('grants.cluster_id as id');
    return rows.map(({ id }: { id: string }) => id);
  }

  /** A cluster's kubeconfigs that have to end (time over or revoked) and are still in it, oldest first. */
  async listOverdue(clusterId: string, limit: number): Promise<GrantRecord[]> {
    const rows = await this.#overdue()
      .where('grants.cluster_id', clusterId)
      .orderBy('grants.expires_at')
      .limit(limit)
      .select('grants.*');
    return (rows as GrantRow[]).map(toGrantRecord);
  }

  /** Of clusters that sleep, none: nobody can use them, and they are ended when the cluster wakes. */
  #overdue() {
    const now = databaseTime(this.#knex);
    return this.#knex('grants')
      .join('clusters', 'clusters.id', 'grants.cluster_id')
      .whereNull('grants.revoked_at')
      .whereNull('clusters.deleted_at')
      .whereNotIn('clusters.phase', ASLEEP)
      .andWhere(either =>
        either
          .where('grants.expires_at', '<=', now)
          .orWhereNotNull('grants.end_requested_at'),
      );
  }

  /**
   * Notes that a grant is to end, before its cluster is asked: whatever happens then, it is not forgotten.
   *
   * @returns whether it was this call that noted it; the reason of the first one stays
   */
  async requestEnd(id: string, reason: GrantEndReason): Promise<boolean> {
    const count = await this.#knex('grants')
      .where({ id })
      .whereNull('end_requested_at')
      .update({
        end_requested_at: databaseTime(this.#knex),
        end_reason: reason,
      });
    return count > 0;
  }

  /**
   * The cluster goes back to a moment, and with it the kubeconfigs that were ended since: they are to end once more. The sweeper
   * sees to it as soon as the cluster answers. One that was issued since too, perhaps while the copy was being made: ending what is
   * not there does no harm.
   *
   * @param moment - milliseconds since the epoch
   * @returns how many
   */
  async endAgain(clusterId: string, moment: number, tx: Knex): Promise<number> {
    return tx('grants')
      .where({ cluster_id: clusterId })
      .where('revoked_at', '>=', moment)
      .update({
        revoked_at: null,
        end_requested_at: tx.raw('coalesce(end_requested_at, ?)', [
          databaseTime(tx),
        ]),
        end_reason: tx.raw("coalesce(end_reason, 'revoked')"),
      });
  }

  /** Sets when the token really ends: the cluster may give a shorter one than asked for. */
  async setExpiry(id: string, expiresAt: number): Promise<void> {
    await this.#knex('grants').where({ id }).update({ expires_at: expiresAt });
  }

  /** Marks a grant as removed from its cluster; the time of the first call stays. */
  async markRevoked(id: string): Promise<void> {
    await this.#knex('grants')
      .where({ id })
      .whereNull('revoked_at')
      .update({ revoked_at: databaseTime(this.#knex) });
  }
}

function toGrantRecord(row: GrantRow): GrantRecord {
  return {
    id: row.id,
    clusterId: row.cluster_id,
    userRef: row.user_ref,
    role: row.role,
    serviceAccount: row.service_account,
    secretName: row.secret_name,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    revokedAt: optionalTime(row.revoked_at),
    endRequestedAt: optionalTime(row.end_requested_at),
    endReason: row.end_reason ?? undefined,
    namespaces: parseNamespaces(row.namespaces),
    shareIds: row.share_ids === null ? undefined : JSON.parse(row.share_ids),
  };
}
