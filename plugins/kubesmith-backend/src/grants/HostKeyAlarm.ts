import type { Failure } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { ClusterChanges } from '../clusters/ClusterChanges';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord } from '../database/records';

const CODE = 'KUBESMITH-HOSTKEY-MISMATCH';

/**
 * What becomes of a finished cluster when a node of it shows another SSH host key than the pinned one: it needs a person's
 * eyes, until the right key is shown again. While an operation works on a cluster, its steps say so themselves.
 */
export class HostKeyAlarm {
  readonly #deps: {
    clusters: ClusterStore;
    changes: Pick<ClusterChanges, 'changed'>;
    knex: Knex;
  };

  constructor(deps: {
    clusters: ClusterStore;
    changes: Pick<ClusterChanges, 'changed'>;
    knex: Knex;
  }) {
    this.#deps = deps;
  }

  /** Marks a cluster that was ready. */
  async raise(cluster: ClusterRecord, failure: Failure): Promise<void> {
    await this.#change(cluster.id, async (now, tx) => {
      if (now.phase !== 'ready') return false;
      await this.#deps.clusters.update(
        cluster.id,
        { phase: 'needs-attention', failure },
        tx,
      );
      return true;
    });
  }

  /** Takes the mark away again, and no other one. `cluster` may be a little old: most calls end with a look at it. */
  async clear(cluster: ClusterRecord): Promise<void> {
    if (!isRaised(cluster)) return;
    await this.#change(cluster.id, async (now, tx) => {
      if (!isRaised(now)) return false;
      await this.#deps.clusters.update(
        cluster.id,
        { phase: 'ready', failure: null },
        tx,
      );
      return true;
    });
  }

  async #change(
    id: string,
    work: (now: ClusterRecord, tx: Knex.Transaction) => Promise<boolean>,
  ): Promise<void> {
    const { changes, clusters, knex } = this.#deps;
    const changed = await knex.transaction(async tx => {
      await clusters.lock(id, tx);
      const now = await clusters.get(id, tx);
      return now !== undefined && (await work(now, tx));
    });
    if (changed) changes.changed(id, 'record');
  }
}

function isRaised(cluster: ClusterRecord): boolean {
  return (
    cluster.phase === 'needs-attention' &&
    cluster.everReady &&
    cluster.failure?.code === CODE
  );
}
