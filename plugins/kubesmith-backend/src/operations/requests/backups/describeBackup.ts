import type { BackupRecord } from '../../../backups/records';

/** A backup in a sentence. */
export function describeBackup({
  takenAt,
}: Pick<BackupRecord, 'takenAt'>): string {
  return `the backup of ${new Date(takenAt)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')}`;
}
