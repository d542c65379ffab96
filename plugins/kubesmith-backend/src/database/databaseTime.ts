import type { Knex } from 'knex';

/**
 * The database's clock in milliseconds since the epoch, as an expression for queries: replicas agree on it whatever their
 * own clocks say.
 */
export function databaseTime(knex: Knex): Knex.Raw {
  return knex.raw(databaseTimeSql(knex));
}

/** The same as text, for where there is no more than a query builder. */
export function databaseTimeSql(knex: Pick<Knex, 'client'>): string {
  return isPostgres(knex)
    ? '(extract(epoch from clock_timestamp()) * 1000)::bigint'
    : "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";
}

/** Reads the database's clock: milliseconds since the epoch. */
export async function readDatabaseTime(knex: Knex): Promise<number> {
  const [row] = await knex.select({ now: databaseTime(knex) });
  return Number(row.now);
}

/** Whether the client speaks to Postgres; else it is SQLite. */
export function isPostgres(knex: Pick<Knex, 'client'>): boolean {
  return knex.client.config.client === 'pg';
}
