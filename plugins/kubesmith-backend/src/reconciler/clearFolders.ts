import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import { readDatabaseTime } from '../database/databaseTime';
import type { RestoreStore } from '../restore/RestoreStore';

/** By then no tool of a cluster runs any more, wherever its deletion ended. */
const OVER_MS = 3_600_000;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Removes the folders of this replica's data directory that belong to clusters which another replica deleted. Folders of
 * clusters that the records do not know stay: after a restored backup they tell whose machines those are.
 *
 * @returns the ids of these clusters
 */
export async function clearFolders(deps: {
  clusters: ClusterStore;
  dataDirectory: string;
  knex: Knex;
  logger: LoggerService;
  restores: Pick<RestoreStore, 'status'>;
}): Promise<string[]> {
  const { clusters, dataDirectory, knex, logger, restores } = deps;
  if ((await restores.status()).restore) return [];
  const folder = join(dataDirectory, 'clusters');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const now = await readDatabaseTime(knex);
  const known = await clusters.getByIds(names.filter(name => ID.test(name)));
  const over = known.filter(
    cluster =>
      cluster?.phase === 'deleted' && now - cluster.deletedAt! > OVER_MS,
  );
  for (const cluster of over) {
    await rm(join(folder, cluster!.id), { recursive: true, force: true });
    logger.info(
      `Removed the folder of the cluster '${
        cluster!.name
      }', which another replica deleted`,
      { clusterId: cluster!.id },
    );
  }
  return over.map(cluster => cluster!.id);
}
