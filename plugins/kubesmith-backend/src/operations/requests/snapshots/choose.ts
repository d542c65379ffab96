import {
  type FieldProblem,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { SnapshotStore } from '../../../snapshots/SnapshotStore';
import type { SnapshotRecord } from '../../../snapshots/records';
import type { RequestContext } from '../RequestableOperation';

/** The snapshot that a request names, or what is wrong with it. */
export async function chosenSnapshot(
  snapshots: SnapshotStore,
  { cluster, request }: RequestContext,
  db: Knex,
): Promise<{ snapshot?: SnapshotRecord; problem?: FieldProblem }> {
  const snapshot = await snapshots.get(cluster.id, request.snapshot!, db);
  return snapshot
    ? { snapshot }
    : {
        problem: fieldProblem('snapshot', 'KUBESMITH-SNAPSHOT-UNKNOWN', {
          name: cluster.name,
        }),
      };
}
