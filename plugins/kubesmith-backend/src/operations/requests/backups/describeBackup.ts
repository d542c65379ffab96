import { type BackupRecord, KEPT_BACKUPS } from '../../../backups/records';

/** A backup in a sentence. */
export function describeBackup({
  takenAt,
}: Pick<BackupRecord, 'takenAt'>): string {
  return `the backup of ${new Date(takenAt)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')}`;
}

/** That a backup makes room for a newer one. */
export function describeLeaving(
  backup: Parameters<typeof describeBackup>[0],
): string {
  return `${describeBackup(backup)} is removed: ${KEPT_BACKUPS} are kept.`;
}
