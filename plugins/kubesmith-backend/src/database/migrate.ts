import { setTimeout as delay } from 'node:timers/promises';
import type { Knex } from 'knex';
import { databaseProblem } from './databaseProblem';
import { isPostgres } from './databaseTime';

/** Any number of ours; everybody who migrates these tables on one Postgres database takes it. */
const LOCK = 5_235_741;
const PATIENCE_MS = 60_000;
const PAUSE_MS = 300;

/**
 * Brings the tables up to date when several backends start at the same moment. knex guards its migrations with a table, but
 * not the making of that table: who comes second fails because it exists, or finds two rows in it, which no one can lock any more.
 * On Postgres one after the other goes; on SQLite whoever is disturbed tries again.
 */
export async function migrate(knex: Knex, directory: string): Promise<void> {
  const latest = () => knex.migrate.latest({ directory });
  // The lock holds a connection of its own.
  if (isPostgres(knex) && knex.client.pool.max > 1) {
    await knex.transaction(async tx => {
      await tx.raw('select pg_advisory_xact_lock(?)', [LOCK]);
      await latest();
    });
    return;
  }
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      await latest();
      return;
    } catch (error) {
      if (!isDisturbance(error) || performance.now() > deadline) throw error;
      await delay(PAUSE_MS * (1 + Math.random()));
    }
  }
}

function isDisturbance(error: unknown): boolean {
  const { name, message } = error as Error;
  return (
    name === 'MigrationLocked' ||
    databaseProblem(error) === 'busy' ||
    /knex_migrations(_lock)?\W.* already exists/.test(message)
  );
}
