import type { BackupStore } from '../backups/BackupStore';
import type { ClusterStore } from '../database/ClusterStore';
import { obstacleTo } from '../operations/requests/backups/restore';
import type { ClusterAccess } from '../permissions/ClusterAccess';
import type { Handlers } from './handlers';
import type { Requester } from './Requester';

/** What the handler works with. */
export type BackupHandlerDeps = {
  access: ClusterAccess;
  backups: BackupStore;
  clusters: ClusterStore;
  requester: Requester;
};

/** The backups of clusters: what is known of them. Making and restoring are operations; what is in them leaves by no route. */
export function createBackupHandlers({
  access,
  backups,
  clusters,
  requester,
}: BackupHandlerDeps): Pick<Handlers, 'listBackups'> {
  return {
    async listBackups({ clusterId }, request) {
      const allowed = await access.of(await requester.anyone(request));
      const cluster = allowed.require('read', await clusters.get(clusterId), {
        kind: 'cluster',
        id: clusterId,
      });
      const [items, nodes] = await Promise.all([
        backups.list(clusterId),
        clusters.liveNodes(clusterId),
      ]);
      return {
        body: {
          items: items.map(backup => ({
            id: backup.id,
            createdBy: backup.initiator,
            takenAt: new Date(backup.takenAt).toISOString(),
            bytes: backup.bytes,
            objects: backup.keys,
            etcdVersion: backup.etcdVersion,
            kubernetesVersion: backup.kubernetesVersion,
            obstacle: obstacleTo(backup, cluster, nodes),
          })),
        },
      };
    },
  };
}
