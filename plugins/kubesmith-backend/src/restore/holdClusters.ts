import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import { databaseTime } from '../database/databaseTime';
import { StepError } from '../engine/failures';
import type { OperationStore } from '../engine/OperationStore';
import type { AffectedCluster } from './compareRecords';

/**
 * Ends whatever is going on with clusters that do not agree with their machines, and shows on each what differs. Whoever
 * still works on one of them loses the lease.
 */
export async function holdClusters(
  tx: Knex.Transaction,
  stores: { clusters: ClusterStore; operations: OperationStore },
  affected: AffectedCluster[],
): Promise<void> {
  for (const { cluster, differences } of affected) {
    const { failure } = new StepError('KUBESMITH-DATABASE-RESTORED', {
      detail: differences.join('; '),
    });
    const now = databaseTime(tx);
    for (const operation of await stores.operations.live(cluster.id, tx)) {
      await tx('operations')
        .where({ id: operation.id })
        .update({
          status: 'failed',
          failure: JSON.stringify(failure),
          finished_at: now,
          lease_owner: null,
          lease_until: null,
          lease_epoch: tx.raw('lease_epoch + 1'),
          next_attempt_at: null,
        });
      await tx('operation_steps')
        .where({ operation_id: operation.id })
        .whereIn('status', ['running', 'waiting'])
        .update({
          status: 'failed',
          failure: JSON.stringify(failure),
          finished_at: now,
          progress: null,
        });
      await stores.operations.insertEvent(tx, operation.id, {
        level: 'error',
        code: failure.code,
        message: `${failure.message} ${failure.nextStep}`,
      });
    }
    await stores.clusters.update(
      cluster.id,
      { phase: 'needs-attention', failure },
      tx,
    );
  }
}
