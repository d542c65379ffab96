import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import type { BackupStore } from '../../../backups/BackupStore';
import type { BackupRecord } from '../../../backups/records';
import type { ClusterRecord, NodeRecord } from '../../../database/records';
import { refused } from '../refused';
import type { RequestableOperation } from '../RequestableOperation';
import { describeBackup } from './describeBackup';

/** Brings a cluster's objects back to what a backup of it has. */
export function createRestore(deps: {
  backups: Pick<BackupStore, 'get'>;
}): RequestableOperation {
  return {
    kind: 'restore',
    title: 'Restore a backup',
    description:
      'Brings all objects of the cluster back to what they were when a backup was taken.',
    phases: ['ready', 'failed', 'needs-attention'],
    fields: { required: ['backup'] },

    async plan({ cluster, nodes, request }, db) {
      const backup = await deps.backups.get(request.backup!, db);
      // One of another cluster is told from one that there is not by nobody.
      if (!backup?.completedAt || backup.clusterId !== cluster.id)
        return refused(
          fieldProblem('backup', 'KUBESMITH-BACKUP-UNKNOWN', {
            name: cluster.name,
          }),
        );
      const obstacle = obstacleTo(backup, cluster, nodes);
      if (obstacle)
        return refused(
          fieldProblem('backup', 'KUBESMITH-BACKUP-DOES-NOT-FIT', {
            name: cluster.name,
            obstacle,
          }),
        );
      const taken = describeBackup(backup);
      return {
        summary: `All objects of '${cluster.name}' become what they were in ${taken}`,
        effects: nodes.map(({ name, role }) => ({
          node: name,
          text:
            role === 'control-plane'
              ? 'The API and etcd stop, the copy takes the place of what is there, and they start again. What was there stays on the node until the next restore.'
              : 'Its kubelet starts again. Pods that the backup does not know end, those that it knows start.',
        })),
        warnings: [
          `Everything that changed in the cluster since ${new Date(
            backup.takenAt,
          ).toISOString()} is lost: objects made since are gone, objects deleted since are back.`,
          'Data in volumes stays as it is, and may not fit to the older objects.',
          'Kubeconfigs that were made since do not work any more. Those that were revoked since are revoked once more.',
          'The API does not answer for some minutes.',
        ],
        input: { backup: backup.id, takenAt: backup.takenAt },
      };
    },
  };
}

/** Why a backup cannot be put on a cluster as it is; undefined when it can. */
export function obstacleTo(
  backup: Pick<BackupRecord, 'controlPlanes' | 'kubernetesVersion'>,
  cluster: Pick<ClusterRecord, 'spec'>,
  nodes: Pick<NodeRecord, 'name' | 'role'>[],
): string | undefined {
  const minor = (version: string) => version.split('.').slice(0, 2).join('.');
  const now = cluster.spec.kubernetesVersion;
  if (minor(backup.kubernetesVersion) !== minor(now))
    return `it is of Kubernetes ${backup.kubernetesVersion}, and the cluster has ${now}`;
  const names = nodes
    .filter(({ role }) => role === 'control-plane')
    .map(({ name }) => name);
  const then = [...backup.controlPlanes].sort().join(', ');
  return then === names.sort().join(', ')
    ? undefined
    : `it is of the control plane ${then}, and the cluster has ${names.join(
        ', ',
      )}`;
}
