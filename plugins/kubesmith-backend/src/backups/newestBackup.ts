import type { Knex } from 'knex';
import type { BackupRecord } from './records';

/** What an archive tells of a cluster's newest finished backup; undefined when there is none. */
export async function newestBackup(
  clusterId: string,
  knex: Knex,
): Promise<
  Pick<BackupRecord, 'takenAt' | 'keys' | 'kubernetesVersion'> | undefined
> {
  const row = await knex('etcd_backups')
    .where({ cluster_id: clusterId })
    .whereNotNull('completed_at')
    .orderBy('taken_at', 'desc')
    .first<
      | {
          taken_at: number | string;
          keys: number | string;
          kubernetes_version: string;
        }
      | undefined
    >('taken_at', 'keys', 'kubernetes_version');
  return (
    row && {
      takenAt: Number(row.taken_at),
      keys: Number(row.keys),
      kubernetesVersion: row.kubernetes_version,
    }
  );
}
