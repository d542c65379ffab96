import type { Knex } from 'knex';
import type { EnvironmentConfig, PoolConfig } from '../config/types';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import type { PoolStore } from '../pools/PoolStore';
import { poolConflict } from '../pools/poolConflict';
import { countClusters } from './clustersOf';
import type { EnvironmentStore } from './EnvironmentStore';
import { followOwner } from './followOwner';

/**
 * Writes the configuration's environments into the database, where everybody reads them. One that the configuration does not
 * have any more goes, or is retired while it has clusters. An environment that staff made in the portal under the same name
 * becomes the configuration's.
 *
 * @throws Error when a pool of the configuration overlaps one that staff made in the portal
 */
export async function mirrorConfiguration(
  configured: EnvironmentConfig[],
  deps: { knex: Knex; pools: PoolStore; store: EnvironmentStore },
): Promise<void> {
  const { knex, pools, store } = deps;
  const names = new Set(configured.map(({ name }) => name));
  await repeatWhenBusy(() =>
    knex.transaction(async tx => {
      await store.lock(tx);
      const others = (await store.all(tx)).filter(
        ({ name }) => !names.has(name),
      );
      for (const environment of configured)
        for (const other of others) refuseOverlap(environment, other);

      // In the order of their ids, as all who lock several do.
      for (const pool of poolsOf(configured)) await pools.configureIn(tx, pool);
      for (const [position, environment] of configured.entries()) {
        await store.put(tx, environment, { source: 'configuration', position });
        await followOwner(tx, environment);
      }
      for (const other of others) {
        if (other.source === 'configuration') {
          if ((await countClusters(tx, other.name)) > 0)
            await store.retire(tx, other.name);
          else await store.delete(tx, other.name);
          continue;
        }
        // Who shares a pool with the configuration follows it.
        const shared = configured.find(
          ({ pool }) => pool.name === other.pool.name,
        );
        if (shared)
          await store.put(
            tx,
            { ...other, pool: shared.pool },
            { source: 'portal', by: other.updatedBy },
          );
      }
    }),
  );
}

function poolsOf(environments: EnvironmentConfig[]): PoolConfig[] {
  const byName = new Map(environments.map(({ pool }) => [pool.name, pool]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function refuseOverlap(
  environment: EnvironmentConfig,
  other: EnvironmentConfig,
): void {
  if (environment.pool.name === other.pool.name) return;
  const conflict = poolConflict(other.pool, environment.pool);
  if (conflict)
    throw new Error(
      `kubesmith.environments, '${environment.name}', pool: ${conflict} (environment '${other.name}', which was made in the portal)`,
    );
}
