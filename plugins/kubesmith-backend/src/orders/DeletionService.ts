import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import type { OperationStore } from '../engine/OperationStore';
import { archiveCluster } from '../leases/archive';

/** Who wants a cluster deleted, and why. */
export interface Deletion {
  clusterId: string;
  /** Entity ref of a user, or `plugin:NAME` of a part of the portal. */
  initiator: string;
  taskId?: string;
  reason?: string;
  /** What the operation's log says first; that the initiator asked for it, if absent. */
  message?: string;
}

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
  async request(deletion: Deletion): Promise<string> {
    return (await this.requestIf(deletion, async () => true))!;
  }

  /**
   * The same, if that is still wanted when nobody else can change the cluster any more; then undefined is returned and nothing
   * changes.
   *
   * @param isWanted - looks, in the transaction
   */
  async requestIf(
    deletion: Deletion,
    isWanted: (tx: Knex.Transaction) => Promise<boolean>,
  ): Promise<string | undefined> {
    const { clusters, knex, operations } = this.#deps;
    return repeatWhenBusy(() =>
      knex.transaction(async tx => {
        // The first statements write, and make a second click, a retry and the engine wait.
        await operations.lock(deletion.clusterId, tx);
        await clusters.lock(deletion.clusterId, tx);
        return (await isWanted(tx)) ? this.#accept(deletion, tx) : undefined;
      }),
    );
  }

  async #accept(deletion: Deletion, tx: Knex.Transaction): Promise<string> {
    const { clusters, operations } = this.#deps;
    const { clusterId } = deletion;
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
    await archiveCluster(tx, clusters, clusterId, {
      initiator: deletion.initiator,
      ...(deletion.reason && { reason: deletion.reason }),
    });
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
      message:
        deletion.message ?? `${deletion.initiator} asked to delete the cluster`,
    });
    return id;
  }
}
