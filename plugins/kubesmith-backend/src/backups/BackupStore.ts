import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { databaseTime } from '../database/databaseTime';
import type { SecretStore } from '../secrets/SecretStore';
import { openPiece, sealPiece } from './pieceCipher';
import { type BackupRecord, KEPT_BACKUPS, isSameSort } from './records';

type BackupRow = {
  id: string;
  cluster_id: string;
  initiator: string;
  taken_at: number | string;
  completed_at: number | string | null;
  sha256: string;
  bytes: number | string;
  keys: number | string;
  etcd_version: string;
  kubernetes_version: string;
  control_planes: string;
};

/** A backup that begins to be fetched. */
export type NewBackup = Omit<BackupRecord, 'completedAt'>;

const secretName = (backupId: string) => `backup-${backupId}`;

/**
 * Backups of clusters' etcd, in the database: every replica has them, and the database's own backup holds them. Each is encrypted
 * with a key of its own, which is a secret of the cluster: with the cluster's secrets its backups are void.
 */
export class BackupStore {
  readonly #knex: Knex;
  readonly #secrets: SecretStore;

  constructor(knex: Knex, secrets: SecretStore) {
    this.#knex = knex;
    this.#secrets = secrets;
  }

  /** Finished ones, the newest first. */
  async list(
    clusterId: string,
    tx: Knex = this.#knex,
  ): Promise<BackupRecord[]> {
    const rows = await tx<BackupRow>('etcd_backups')
      .where({ cluster_id: clusterId })
      .whereNotNull('completed_at')
      .orderBy([
        { column: 'taken_at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ]);
    return rows.map(toRecord);
  }

  /** One, finished or not. */
  async get(
    id: string,
    tx: Knex = this.#knex,
  ): Promise<BackupRecord | undefined> {
    const row = await tx<BackupRow>('etcd_backups').where({ id }).first();
    return row && toRecord(row);
  }

  /** Records that a backup is being fetched. What an earlier try got of another copy is forgotten. */
  async begin(tx: Knex.Transaction, backup: NewBackup): Promise<void> {
    const known = await this.get(backup.id, tx);
    if (known?.sha256 === backup.sha256) return;
    // There is one operation of a cluster at a time: what others left unfinished is of no use.
    const unfinished = await tx<BackupRow>('etcd_backups')
      .where({ cluster_id: backup.clusterId })
      .whereNull('completed_at')
      .select('id');
    await this.#remove(tx, backup.clusterId, [
      backup.id,
      ...unfinished.map(({ id }) => id),
    ]);
    await tx('etcd_backups').insert({
      id: backup.id,
      cluster_id: backup.clusterId,
      initiator: backup.initiator,
      taken_at: backup.takenAt,
      sha256: backup.sha256,
      bytes: backup.bytes,
      keys: backup.keys,
      etcd_version: backup.etcdVersion,
      kubernetes_version: backup.kubernetesVersion,
      control_planes: JSON.stringify(backup.controlPlanes),
    });
    await this.#secrets.put(
      backup.clusterId,
      secretName(backup.id),
      randomBytes(32),
      tx,
    );
  }

  /** How much of a backup is here already: bytes, and the position of the next piece. */
  async progress(
    id: string,
    tx: Knex = this.#knex,
  ): Promise<{ bytes: number; next: number }> {
    const row = await tx('etcd_backup_pieces')
      .where({ backup_id: id })
      .sum({ bytes: 'bytes' })
      .count({ n: '*' })
      .first<{ bytes: number | string | null; n: number | string }>();
    return { bytes: Number(row.bytes ?? 0), next: Number(row.n) };
  }

  /** Keeps the next piece, encrypted. */
  async putPiece(
    tx: Knex.Transaction,
    backup: Pick<BackupRecord, 'id' | 'clusterId'>,
    position: number,
    plain: Buffer,
  ): Promise<void> {
    const key = await this.#key(backup, tx);
    await tx('etcd_backup_pieces').insert({
      backup_id: backup.id,
      position,
      bytes: plain.length,
      content: sealPiece(key, backup.id, position, plain),
    });
  }

  /**
   * One piece of a backup; undefined after the last one.
   *
   * @throws Error when it was changed
   */
  async piece(
    backup: Pick<BackupRecord, 'id' | 'clusterId'>,
    position: number,
    tx: Knex = this.#knex,
  ): Promise<Buffer | undefined> {
    const row = await tx('etcd_backup_pieces')
      .where({ backup_id: backup.id, position })
      .first<{ content: Buffer } | undefined>('content');
    return (
      row &&
      openPiece(await this.#key(backup, tx), backup.id, position, row.content)
    );
  }

  /** All of it is here. The oldest ones of its sort beyond those that are kept go, and what was never finished. */
  async complete(
    tx: Knex.Transaction,
    { id, clusterId }: Pick<BackupRecord, 'id' | 'clusterId'>,
  ): Promise<void> {
    await tx('etcd_backups')
      .where({ id })
      .whereNull('completed_at')
      .update({ completed_at: databaseTime(tx) });
    const backups = await this.list(clusterId, tx);
    const kept = backups.filter(
      one =>
        backups.filter(other => isSameSort(one, other)).indexOf(one) <
        KEPT_BACKUPS,
    );
    const others = await tx<BackupRow>('etcd_backups')
      .where({ cluster_id: clusterId })
      .whereNotIn(
        'id',
        kept.map(each => each.id),
      );
    await this.#remove(
      tx,
      clusterId,
      others.map(each => each.id),
    );
  }

  /** Forgets all backups of a cluster. */
  async forget(tx: Knex.Transaction, clusterId: string): Promise<void> {
    const rows = await tx<BackupRow>('etcd_backups').where({
      cluster_id: clusterId,
    });
    await this.#remove(
      tx,
      clusterId,
      rows.map(each => each.id),
    );
  }

  async #key(
    { id, clusterId }: Pick<BackupRecord, 'id' | 'clusterId'>,
    tx: Knex,
  ): Promise<Buffer> {
    const key = await this.#secrets.get(clusterId, secretName(id), tx);
    if (!key) throw new Error(`The key of the backup '${id}' is gone`);
    return key;
  }

  async #remove(
    tx: Knex.Transaction,
    clusterId: string,
    ids: string[],
  ): Promise<void> {
    for (const id of ids) {
      // SQLite cascades only when it is told to.
      await tx('etcd_backup_pieces').where({ backup_id: id }).delete();
      await tx('etcd_backups').where({ id }).delete();
      await this.#secrets.delete(clusterId, secretName(id), tx);
    }
  }
}

function toRecord(row: BackupRow): BackupRecord {
  return {
    id: row.id,
    clusterId: row.cluster_id,
    initiator: row.initiator,
    takenAt: Number(row.taken_at),
    completedAt:
      row.completed_at === null ? undefined : Number(row.completed_at),
    sha256: row.sha256,
    bytes: Number(row.bytes),
    keys: Number(row.keys),
    etcdVersion: row.etcd_version,
    kubernetesVersion: row.kubernetes_version,
    controlPlanes: JSON.parse(row.control_planes),
  };
}
