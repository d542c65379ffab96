import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import { readDatabaseTime } from '../database/databaseTime';
import { forEachAtOnce } from '../reconciler/atOnce';
import { readClusters, readLiveClusters } from '../reconciler/readKnown';
import type { KnownCluster } from '../reconciler/records';
import type { AutomaticBackups } from '../backups/dueBackups';
import { lookAtBackups } from './backups';
import type { ConditionStore } from './ConditionStore';
import { type InsideDeps, lookInside } from './lookInside';

const AT_ONCE = 8;

/** What the watcher works with. */
export interface ConditionWatcherDeps extends InsideDeps {
  automaticBackups: AutomaticBackups;
  clusters: ClusterStore;
  knex: Knex;
  logger: LoggerService;
  /** Called when something changed that a cluster's page shows. */
  onChange: (clusterId: string) => void;
  store: ConditionStore;
}

/** Looks into all ready clusters, and notes what is not as it was ordered. */
export class ConditionWatcher {
  readonly #deps: ConditionWatcherDeps;
  #looking?: Promise<void>;

  constructor(deps: ConditionWatcherDeps) {
    this.#deps = deps;
  }

  /** One turn through all ready clusters, or the rest of one that goes on. Never fails because of one of them. */
  async look(signal?: AbortSignal): Promise<void> {
    this.#looking ??= this.#lookIntoAll(signal).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookIntoAll(signal: AbortSignal | undefined): Promise<void> {
    const known = await readLiveClusters(this.#deps);
    const ready = [...known.values()].filter(
      ({ cluster, isBusy }) => cluster.phase === 'ready' && !isBusy,
    );
    await forEachAtOnce(ready, AT_ONCE, async one => {
      try {
        await this.#lookInto(one, signal);
      } catch (error) {
        signal?.throwIfAborted();
        this.#deps.logger.warn(
          `It could not be looked into the cluster '${one.cluster.id}'`,
          error as Error,
        );
      }
    });
  }

  async #lookInto(
    { cluster, nodes, version }: KnownCluster,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { knex, onChange, store } = this.#deps;
    const before = (await store.of([cluster.id])).get(cluster.id) ?? [];
    const now = await readDatabaseTime(knex);
    const live = nodes.filter(({ removedAt }) => removedAt === undefined);
    const observed = await lookInside(
      this.#deps,
      { cluster, nodes: live },
      before,
      now,
      signal,
    );
    const ofBackups = await lookAtBackups(
      knex,
      this.#deps.automaticBackups,
      cluster,
      before,
      now,
    );
    if (ofBackups) observed.push(ofBackups);
    // What began in the meantime makes it worthless: nodes come and go.
    const after = (await readClusters(this.#deps, [cluster.id])).get(
      cluster.id,
    );
    if (after?.version !== version || after.isBusy) return;
    if (await store.put(cluster.id, observed)) onChange(cluster.id);
  }
}
