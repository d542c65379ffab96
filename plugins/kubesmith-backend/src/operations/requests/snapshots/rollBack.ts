import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import { differences } from '../../../snapshots/differences';
import type { SnapshotStore } from '../../../snapshots/SnapshotStore';
import { refused } from '../refused';
import type { RequestableOperation } from '../RequestableOperation';
import { chosenSnapshot } from './choose';

/** Puts a cluster back to a snapshot. */
export function createRollBack(deps: {
  snapshots: SnapshotStore;
}): RequestableOperation {
  return {
    kind: 'rollback',
    title: 'Go back to a snapshot',
    description:
      'All nodes get the disks that they had. What was done since then is lost.',
    phases: ['ready', 'failed'],
    fields: { required: ['snapshot'] },

    async plan(context, db) {
      const { cluster, nodes } = context;
      const { problem, snapshot } = await chosenSnapshot(
        deps.snapshots,
        context,
        db,
      );
      if (!snapshot) return refused(problem!);
      if (snapshot.state !== 'kept')
        return refused(
          fieldProblem('snapshot', 'KUBESMITH-SNAPSHOT-NOT-WHOLE', {
            label: snapshot.label,
          }),
        );
      const detail = differences(snapshot.nodes, nodes);
      if (detail)
        return refused(
          fieldProblem('snapshot', 'KUBESMITH-SNAPSHOT-DIFFERS', {
            label: snapshot.label,
            detail,
          }),
        );
      const taken = `${new Date(snapshot.takenAt!)
        .toISOString()
        .slice(0, 16)
        .replace('T', ' ')} UTC`;
      return {
        summary: `The cluster '${cluster.name}' goes back to '${snapshot.label}' of ${taken}`,
        effects: [
          {
            text: 'Everything on it that was made or changed since then is lost.',
          },
          ...nodes.map(({ name }) => ({
            node: name,
            text: 'is switched off, gets its disk of then, and is switched on.',
          })),
          {
            text: 'Kubeconfigs that were issued since then do not work; those that were ended since then end once more.',
          },
        ],
        warnings: [
          `What was done since ${taken} cannot be brought back. The cluster does not answer meanwhile.`,
        ],
        input: { snapshotId: snapshot.id },
      };
    },
  };
}
