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

/** How many finished backups of a cluster are kept. */
export const KEPT_BACKUPS = 3;

/** The largest packed copy that is kept, in bytes: an etcd of about four times that. */
export const MAX_BACKUP_BYTES = 64 * 1024 * 1024;
