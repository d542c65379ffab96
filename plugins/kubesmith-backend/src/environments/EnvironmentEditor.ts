import type { FieldProblem } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { EnvironmentConfig } from '../config/types';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import { LIVE } from '../engine/operationStates';
import { conflict, notFound, requestRefused } from '../errors/apiErrors';
import type { PoolStore } from '../pools/PoolStore';
import { changeProblems, followers } from './changeProblems';
import { countClusters } from './clustersOf';
import { forgetQuotas } from '../quotas/forgetQuotas';
import type { EnvironmentStore } from './EnvironmentStore';
import type { EnvironmentRecord } from './records';
import { followOwner } from './followOwner';

/** What a change did. */
export type EditedEnvironment = {
  record: EnvironmentRecord;
  /** Names of other environments that share the pool and were changed with it. */
  followed: string[];
};

/**
 * Makes, changes and deletes the environments of the portal. Each change locks the environments and the pools in question, so
 * that no order is placed in what is being changed.
 */
export class EnvironmentEditor {
  readonly #deps: { knex: Knex; pools: PoolStore; store: EnvironmentStore };

  constructor(deps: { knex: Knex; pools: PoolStore; store: EnvironmentStore }) {
    this.#deps = deps;
  }

  /** What stands against a new environment, or against a change of one, right now. Changes nothing. */
  async problems(
    next: EnvironmentConfig,
    options: { isNew: boolean },
  ): Promise<FieldProblem[]> {
    const { knex, store } = this.#deps;
    return knex.transaction(async tx => {
      const all = await store.all(tx);
      const same = all.find(({ name }) => name === next.name);
      return changeProblems(
        tx,
        options.isNew || !same
          ? { next, others: all }
          : { next, before: same, others: all.filter(one => one !== same) },
      );
    });
  }

  /** Makes an environment and its pool. Throws a 400 with all problems. */
  async create(
    wanted: EnvironmentConfig,
    by: string,
  ): Promise<EditedEnvironment> {
    const { pools, store } = this.#deps;
    const next = { ...wanted, nodeOverrides: store.nodeOverrides };
    return this.#change(async tx => {
      const problems = await changeProblems(tx, {
        next,
        others: await store.all(tx),
      });
      if (problems.length > 0) throw requestRefused(problems);
      await pools.configureIn(tx, next.pool);
      await store.put(tx, next, { source: 'portal', by });
      return { record: (await store.get(next.name, tx))!, followed: [] };
    });
  }

  /**
   * Changes an environment, its pool, and all that share the pool. Clusters learn at once who runs them.
   *
   * @param check - is told what will change, and throws when that is not allowed
   * @throws 404, 409 when somebody changed it since, 400 with all problems
   */
  async update(
    wanted: EnvironmentConfig,
    options: {
      expectedVersion: number;
      by: string;
      check(before: EnvironmentRecord, followers: EnvironmentRecord[]): void;
    },
  ): Promise<EditedEnvironment> {
    const { pools, store } = this.#deps;
    const { by, check, expectedVersion } = options;
    return this.#change(async tx => {
      const all = await store.all(tx);
      const before = editable(all, wanted.name, expectedVersion);
      // Only the configuration can say these.
      const next = { ...wanted, nodeOverrides: before.nodeOverrides };
      await pools.lock(tx, before.pool.name);
      const others = all.filter(({ name }) => name !== next.name);
      const change = { next, before, others };
      const following = followers(change);
      check(before, following);
      const problems = await changeProblems(tx, change);
      if (problems.length > 0) throw requestRefused(problems);

      await pools.configureIn(tx, next.pool);
      await store.put(tx, next, { source: 'portal', by });
      for (const other of following)
        await store.put(
          tx,
          { ...other, pool: next.pool },
          { source: 'portal', by },
        );
      await followOwner(tx, next);
      return {
        record: (await store.get(next.name, tx))!,
        followed: following.map(({ name }) => name),
      };
    });
  }

  /**
   * Deletes an environment without clusters. Its pool stays as long as others use it; what was given out of it stays known.
   *
   * @throws 404, 409 when somebody changed it since or clusters remain
   */
  async delete(
    name: string,
    expectedVersion: number,
  ): Promise<EnvironmentRecord> {
    const { pools, store } = this.#deps;
    return this.#change(async tx => {
      const record = editable(await store.all(tx), name, expectedVersion);
      await pools.lock(tx, record.pool.name);
      const clusters = await countClusters(tx, name);
      if (clusters > 0)
        throw conflict('KUBESMITH-ENVIRONMENT-IN-USE', {
          environment: name,
          clusters,
        });
      const operations = await countOperations(tx, name);
      if (operations > 0)
        throw conflict('KUBESMITH-ENVIRONMENT-BUSY', {
          environment: name,
          operations,
        });
      await forgetQuotas(tx, name);
      await store.delete(tx, name);
      return record;
    });
  }

  #change<T>(action: (tx: Knex.Transaction) => Promise<T>): Promise<T> {
    const { knex, store } = this.#deps;
    return repeatWhenBusy(() =>
      knex.transaction(async tx => {
        await store.lock(tx);
        return action(tx);
      }),
    );
  }
}

/** The environment, if it may be changed and is the one that was read. */
function editable(
  all: EnvironmentRecord[],
  name: string,
  expectedVersion: number,
): EnvironmentRecord {
  const record = all.find(one => one.name === name);
  if (!record) throw notFound('environment', name);
  // What the configuration dropped is the portal's: to delete, or to take over.
  if (record.source === 'configuration' && !record.retired)
    throw conflict('KUBESMITH-ENVIRONMENT-CONFIGURED', { environment: name });
  if (record.version !== expectedVersion)
    throw conflict('KUBESMITH-ENVIRONMENT-CHANGED', {
      environment: name,
      by: record.updatedBy ?? 'the configuration',
    });
  return record;
}

/** How many operations of an environment's clusters are not over, also of those that are deleted already. */
async function countOperations(
  tx: Knex.Transaction,
  environment: string,
): Promise<number> {
  const [row] = await tx('operations')
    .join('clusters', 'clusters.id', 'operations.cluster_id')
    .where('clusters.environment', environment)
    .whereIn('operations.status', LIVE)
    .count({ n: '*' });
  return Number((row as unknown as { n: string | number }).n);
}
