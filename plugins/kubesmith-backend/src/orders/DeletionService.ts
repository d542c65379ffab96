import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import type { OperationStore } from '../engine/OperationStore';

/** Takes the wish to delete a cluster, at any time of its life. */
export class DeletionService {
  readonly #deps: {
    clusters: ClusterStore;
    knex: Knex;
    operations: OperationStore;
  };

  constructor(deps: {
    clusters: ClusterStore;
    knex: Knex;
    operations: OperationStore;
  }) {
    this.#deps = deps;
  }

  /**
   * Begins to delete a cluster: whatever runs on it is asked to stop, then the delete operation runs. A second call gives
   * the operation of the first; if that one failed, it goes on.
   *
   * @returns the id of the delete operation
   */
  async request(deletion: {
    clusterId: string;
    initiator: string;
    taskId?: string;
    reason?: string;
  }): Promise<string> {
    const { knex } = this.#deps;
    return repeatWhenBusy(() =>
      knex.transaction(tx => this.#accept(deletion, tx)),
    );
  }

  async #accept(
    deletion: Parameters<DeletionService['request']>[0],
    tx: Knex.Transaction,
  ): Promise<string> {
    const { clusters, operations } = this.#deps;
    const { clusterId } = deletion;
    // The first statement writes, and makes a second click, a retry and the engine wait.
    await operations.lock(clusterId, tx);
    const all = await operations.list(clusterId, tx);
    const earlier = all.find(({ kind }) => kind === 'delete');
    if (earlier) {
      if (earlier.status === 'failed' || earlier.status === 'cancelled') {
        await operations.retry(earlier.id, tx);
      }
      return earlier.id;
    }
    for (const live of await operations.live(clusterId, tx)) {
      await operations.requestCancel(live.id, tx);
    }
    await clusters.update(clusterId, { phase: 'deleting' }, tx);
    const id = randomUUID();
    await operations.insert(tx, {
      id,
      clusterId,
      kind: 'delete',
      initiator: deletion.initiator,
      taskId: deletion.taskId,
      // One deletion per cluster, whoever asks and how often.
      requestKey: `delete/${clusterId}`,
      input: { ...(deletion.reason && { reason: deletion.reason }) },
    });
    await operations.insertEvent(tx, id, {
      step: 'accept',
      level: 'info',
      message: `${deletion.initiator} asked to delete the cluster`,
    });
    return id;
  }
}
