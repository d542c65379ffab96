import type { Knex } from 'knex';
import type { EnvironmentConfig } from '../config/types';
import { hadMachine } from '../steps/machines/hadMachine';
import { STATE_SECRET } from '../steps/custodyOf';
import type { KnownCluster, Sighting } from './records';
import { stateLeft, stateMissing } from './sightings';

/**
 * Whether the database has Terraform's state of each ready cluster, and nothing of deleted ones.
 *
 * @param environments - those for which Proxmox answers
 */
export async function lookAtState(
  knex: Knex,
  live: Map<string, KnownCluster>,
  environments: EnvironmentConfig[],
): Promise<Sighting[]> {
  const names = new Set(environments.map(({ name }) => name));
  const kept: Array<{ owner_id: string }> = await knex('secrets')
    .where({ name: STATE_SECRET })
    .select('owner_id');
  const owners = new Set(kept.map(row => row.owner_id));
  const missing = [...live.values()].filter(
    ({ cluster, isBusy, nodes }) =>
      names.has(cluster.environment) &&
      cluster.phase === 'ready' &&
      !isBusy &&
      !owners.has(cluster.id) &&
      nodes.some(node => node.removedAt === undefined && hadMachine(node)),
  );
  const left: Array<{ id: string; name: string; environment: string }> =
    await knex('clusters')
      .whereNotNull('deleted_at')
      .whereIn(
        'id',
        // Text on both sides: the owner of a secret need not be a cluster.
        (await deletedOwners(knex)).map(row => row.owner_id),
      )
      .select('id', 'name', 'environment');
  return [
    ...missing.map(({ cluster }) => stateMissing(cluster)),
    ...left
      .filter(({ environment }) => names.has(environment))
      .map(cluster => stateLeft(cluster)),
  ];
}

/** Owners of secrets that are ids; few, for what is deleted has none. */
async function deletedOwners(knex: Knex): Promise<{ owner_id: string }[]> {
  return knex('secrets')
    .whereNotIn(
      'owner_id',
      knex('clusters')
        .whereNull('deleted_at')
        .select(knex.raw('cast(id as varchar(36))')),
    )
    .andWhereRaw('length(owner_id) = 36')
    .distinct('owner_id');
}
