import type { Knex } from 'knex';

/** In an order in which each refers to earlier ones only. */
const TABLES = [
  'ip_pools',
  'ip_addresses',
  'clusters',
  'nodes',
  'operations',
  'operation_steps',
  'operation_events',
  'room_requests',
  'grants',
  'secrets',
  'database_generation',
];

/** All records as they are now: a backup. */
export async function snapshot(knex: Knex): Promise<Map<string, object[]>> {
  const rows = new Map<string, object[]>();
  for (const table of TABLES) rows.set(table, await knex(table));
  return rows;
}

/** Puts a backup back, in place of all that happened since. */
export async function putBack(
  knex: Knex,
  backup: Map<string, object[]>,
): Promise<void> {
  await knex.transaction(async tx => {
    for (const table of [...TABLES].reverse()) await tx(table).delete();
    for (const table of TABLES)
      for (const row of backup.get(table)!) await tx(table).insert(row);
  });
}
