import { readdir } from 'node:fs/promises';
import {
  type DatabaseService,
  resolvePackagePath,
} from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import { watchDatabase } from './databaseProblem';
import { isPostgres } from './databaseTime';
import { migrate } from './migrate';
import { refreshStatistics } from './refreshStatistics';

const migrationsDirectory = resolvePackagePath(
  '@kubesmith/plugin-kubesmith-backend',
  'migrations',
);

/** Where knex writes down what it did. */
const MIGRATIONS_TABLE = 'knex_migrations';

/** How long SQLite waits for another process that writes. */
const SQLITE_BUSY_TIMEOUT_MS = 10_000;

/** Connects to the plugin's database and brings its tables up to date. */
export async function openDatabase(database: DatabaseService): Promise<Knex> {
  const knex = await connect(database);
  if (!database.migrations?.skip) {
    await migrate(knex, migrationsDirectory);
  }
  await refreshStatistics(knex);
  return knex;
}

/** Connects to the plugin's database and leaves its tables as they are. */
export async function connect(database: DatabaseService): Promise<Knex> {
  const knex = await database.getClient();
  watchDatabase(knex);
  if (!isPostgres(knex)) {
    endLeftTransactions(knex);
    await knex.raw(`PRAGMA busy_timeout = ${SQLITE_BUSY_TIMEOUT_MS}`);
  }
  return knex;
}

/** How many changes of the tables have not been made yet. Makes none. */
export async function pendingMigrations(knex: Knex): Promise<number> {
  const all = (await readdir(migrationsDirectory)).filter(name =>
    name.endsWith('.js'),
  );
  // knex's own question would make its table.
  if (!(await knex.schema.hasTable(MIGRATIONS_TABLE))) return all.length;
  const made = new Set<string>(
    (await knex(MIGRATIONS_TABLE).select('name')).map(({ name }) => name),
  );
  return all.filter(name => !made.has(name)).length;
}

/**
 * A COMMIT that fails because somebody reads leaves SQLite's transaction open, and knex gives the connection back as it is:
 * everything after it would be part of a transaction that nobody commits.
 */
function endLeftTransactions(knex: Knex): void {
  knex.client.pool.on(
    'release',
    (connection: { inTransaction: boolean; exec(sql: string): void }) => {
      if (connection.inTransaction) connection.exec('ROLLBACK');
    },
  );
}
