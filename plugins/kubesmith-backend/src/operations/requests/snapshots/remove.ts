import type { SnapshotStore } from '../../../snapshots/SnapshotStore';
import { refused } from '../refused';
import type { RequestableOperation } from '../RequestableOperation';
import { chosenSnapshot } from './choose';

/** Removes a snapshot, also one that is not whole. */
export function createRemoveSnapshot(deps: {
  snapshots: SnapshotStore;
}): RequestableOperation {
  return {
    kind: 'remove-snapshot',
    title: 'Remove a snapshot',
    description: 'Frees the space that it takes. The cluster stays as it is.',
    phases: ['ready', 'hibernated', 'failed'],
    fields: { required: ['snapshot'] },

    async plan(context, db) {
      const { problem, snapshot } = await chosenSnapshot(
        deps.snapshots,
        context,
        db,
      );
      if (!snapshot) return refused(problem!);
      return {
        summary: `The snapshot '${snapshot.label}' of '${context.cluster.name}' is removed`,
        effects: [{ text: 'Nobody can go back to it any more.' }],
        input: { snapshotId: snapshot.id },
      };
    },
  };
}
