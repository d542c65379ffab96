import { PLATFORM } from '../leases/records';

/** A backup of a cluster's etcd as it is stored. Times are milliseconds since the epoch. */
export interface BackupRecord {
  /** That of the operation that made it. */
  id: string;
  clusterId: string;
  /** Entity ref, or `plugin:NAME`. */
  initiator: string;
  /** What changed in the cluster later is not in it. */
  takenAt: number;
  /** Missing: it is being fetched. */
  completedAt?: number;
  /** Of the packed copy, hexadecimal. */
  sha256: string;
  /** Of the packed copy. */
  bytes: number;
  /** Objects in it. */
  keys: number;
  etcdVersion: string;
  kubernetesVersion: string;
  /** Names of the nodes that ran etcd. */
  controlPlanes: string[];
}

/** How many finished backups of a cluster are kept: of those that people took, and as many of those that the portal took. */
export const KEPT_BACKUPS = 3;

/** The largest packed copy that is kept, in bytes: an etcd of about four times that. */
export const MAX_BACKUP_BYTES = 64 * 1024 * 1024;

/** Which of a cluster's finished backups, newest first, go when somebody takes one more. */
export function leavingBackups(
  backups: BackupRecord[],
  initiator: string,
): BackupRecord[] {
  return backups
    .filter(backup => isSameSort(backup, { initiator }))
    .slice(KEPT_BACKUPS - 1);
}

/** Whether two backups count towards the same number that is kept: what the portal takes by itself removes none that a person took. */
export function isSameSort(
  a: Pick<BackupRecord, 'initiator'>,
  b: Pick<BackupRecord, 'initiator'>,
): boolean {
  return (a.initiator === PLATFORM) === (b.initiator === PLATFORM);
}
