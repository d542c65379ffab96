import type { Knex } from 'knex';
import type { EnvironmentConfig } from '../config/types';
import { databaseTime } from '../database/databaseTime';

/**
 * Lets the clusters of an environment know who runs it: policies ask the cluster's record.
 *
 * @returns the ids of clusters that are not deleted and were somebody else's
 */
export async function followOwner(
  tx: Knex.Transaction,
  { name, owner }: Pick<EnvironmentConfig, 'name' | 'owner'>,
): Promise<string[]> {
  const others = () =>
    tx('clusters')
      .where({ environment: name })
      .whereNot({ environment_owner: owner });
  const live = await others().whereNull('deleted_at').select('id');
  await others().update({
    environment_owner: owner,
    updated_at: databaseTime(tx),
  });
  return live.map(({ id }: { id: string }) => id);
}
