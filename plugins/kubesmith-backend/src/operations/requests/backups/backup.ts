import { MAX_BACKUP_BYTES, leavingBackups } from '../../../backups/records';
import type { BackupStore } from '../../../backups/BackupStore';
import type { RequestableOperation } from '../RequestableOperation';
import { describeLeaving } from './describeBackup';

/** Keeps a copy of what is in a cluster's etcd. */
export function createBackup(deps: {
  backups: Pick<BackupStore, 'list'>;
}): RequestableOperation {
  return {
    kind: 'backup',
    title: 'Back up',
    description:
      "Keeps a copy of all objects of the cluster (etcd) outside of it. What is on the nodes' disks is not in it.",
    phases: ['ready'],

    async plan({ caller, cluster, nodes }, db) {
      const leaving = leavingBackups(
        await deps.backups.list(cluster.id, db),
        caller.userRef,
      );
      return {
        summary: `A copy of all objects of '${cluster.name}' is taken and kept, encrypted, in the portal's database`,
        effects: [
          ...nodes
            .filter(({ role }) => role === 'control-plane')
            .map(({ name }) => ({
              node: name,
              text: 'Its etcd is copied while it runs, the copy is checked, fetched and removed from the node.',
            })),
          ...leaving.map(backup => ({ text: describeLeaving(backup) })),
        ],
        warnings: [
          `Data in volumes is not in it. A copy of more than ${
            MAX_BACKUP_BYTES / 2 ** 20
          } MB (packed) is refused. Backups go when the cluster is deleted.`,
        ],
        // A backup that was made meanwhile is another plan.
        input: { removes: leaving.map(({ id }) => id) },
      };
    },
  };
}
