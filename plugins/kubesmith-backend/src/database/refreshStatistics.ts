import type { Knex } from 'knex';
import { isPostgres } from './databaseTime';
import { repeatWhenBusy } from './repeatWhenBusy';

/** Look at all tables, and analyze those that changed much since the last time, a part of them only. */
const OPTIMIZE = 0x10002;

/**
 * Has SQLite count how its tables are filled: without that it chooses an index by guess, and a list that somebody sees a
 * part of can cost twice as much. Postgres does it by itself.
 */
export async function refreshStatistics(knex: Knex): Promise<void> {
  if (isPostgres(knex)) return;
  await repeatWhenBusy(() => knex.raw(`PRAGMA optimize = ${OPTIMIZE}`));
}
