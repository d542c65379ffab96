import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import { reasonProblem } from '../../../orders/reasonProblem';
import type { SnapshotStore } from '../../../snapshots/SnapshotStore';
import { refused } from '../refused';
import type { RequestableOperation } from '../RequestableOperation';

/** Each keeps what changes on the disks after it, and Proxmox becomes slower with each. */
export const MAX_SNAPSHOTS = 5;

/** Keeps what a cluster is. */
export function createSnapshot(deps: {
  snapshots: SnapshotStore;
}): RequestableOperation {
  const { snapshots } = deps;
  return {
    kind: 'snapshot',
    title: 'Take a snapshot',
    description:
      'Keeps what is on the disks of all nodes at this moment, to go back to it later.',
    phases: ['ready', 'hibernated'],
    fields: { required: ['label'] },

    async plan({ cluster, nodes, request }, db) {
      const label = request.label!.trim();
      const unreadable =
        label === ''
          ? fieldProblem('label', 'KUBESMITH-FIELD-MISSING', { field: 'label' })
          : reasonProblem(label);
      if (unreadable) return refused({ ...unreadable, field: 'label' });
      const present = await snapshots.list(cluster.id, db);
      if (present.length >= MAX_SNAPSHOTS)
        return refused(
          fieldProblem('label', 'KUBESMITH-SNAPSHOTS-TOO-MANY', {
            name: cluster.name,
            max: MAX_SNAPSHOTS,
          }),
        );
      return {
        summary: `A snapshot '${label}' of all ${nodes.length} nodes of '${cluster.name}' is taken`,
        effects: nodes.map(({ name }) => ({
          node: name,
          text: 'stands still for a moment.',
        })),
        warnings: [
          'A snapshot is no backup: it lies on the same storage, and is gone with the cluster.',
          'While there is one, the cluster cannot go back to it once nodes came or left.',
        ],
        input: { label },
      };
    },

    async reserve(tx, { caller, cluster, nodes, operationId, plan }) {
      await snapshots.insert(tx, {
        id: operationId,
        clusterId: cluster.id,
        name: `ks-${operationId.slice(0, 8)}`,
        label: String(plan.input!.label),
        nodes: nodes.map(({ name, vmid, vcpu, memoryMiB, diskGiB }) => ({
          name,
          vmid,
          vcpu,
          memoryMiB,
          diskGiB,
        })),
        spec: cluster.spec,
        createdBy: caller.userRef,
      });
    },
  };
}
