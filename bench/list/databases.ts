import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createKnex, { type Knex } from 'knex';

/** The databases that the portal can have. */
export type Engine = 'sqlite' | 'postgres';

/** A new, empty database. */
export interface BenchDatabase {
  /** The section `backend.database` that makes a portal use it. */
  config: object;
  /** A folder for whatever else the portal keeps. */
  folder: string;
  /** Our own connection to the Kubesmith plugin's tables, which are there once the portal has started. */
  connect(): Knex;
  /** Makes the plugin's database where no portal does. */
  create(): Promise<void>;
  /** Throws everything away. */
  remove(): Promise<void>;
}

type PostgresServer = {
  connectionString: string;
  stop(): Promise<void>;
};

const VARIABLE = 'BACKSTAGE_TEST_DATABASE_POSTGRES17_CONNECTION_STRING';

/** A SQLite file, or a Postgres that is started for this and thrown away, unless the tests' variable names one. */
export async function createDatabase(engine: Engine): Promise<BenchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'kubesmith-bench-'));
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  if (engine === 'sqlite') {
    return {
      config: { client: 'better-sqlite3', connection: { directory: folder } },
      folder,
      connect: () =>
        createKnex({
          client: 'better-sqlite3',
          connection: {
            filename: join(folder, 'kubesmith.sqlite'),
            // Portals write too.
            options: { timeout: 60_000 },
          } as Knex.Sqlite3ConnectionConfig,
          useNullAsDefault: true,
        }),
      // The file appears with the first connection.
      create: async () => {},
      remove: removeFolder,
    };
  }
  const server = await startPostgres();
  const { hostname, password, port, username } = new URL(
    server.connectionString,
  );
  const connection = {
    host: hostname,
    port: Number(port),
    user: username,
    password,
  };
  const prefix = `bench_${Date.now().toString(36)}_${process.pid}_`;
  return {
    config: { client: 'pg', connection, prefix },
    folder,
    connect: () =>
      createKnex({
        client: 'pg',
        connection: { ...connection, database: `${prefix}kubesmith` },
      }),
    create: () =>
      asServer(connection, async knex => {
        await knex.raw('create database ??', [`${prefix}kubesmith`]);
      }),
    async remove() {
      await dropDatabases(prefix, connection);
      await server.stop();
      await removeFolder();
    },
  };
}

/** A server that was given to us shall look as before. */
async function dropDatabases(
  prefix: string,
  connection: Knex.PgConnectionConfig,
): Promise<void> {
  await asServer(connection, async knex => {
    const databases: { datname: string }[] = await knex('pg_database')
      .whereRaw('starts_with(datname, ?)', [prefix])
      .select('datname');
    for (const { datname } of databases) {
      await knex.raw('drop database ??', [datname]);
    }
  });
}

async function asServer(
  connection: Knex.PgConnectionConfig,
  work: (knex: Knex) => Promise<void>,
): Promise<void> {
  const knex = createKnex({
    client: 'pg',
    connection: { ...connection, database: 'postgres' },
  });
  try {
    await work(knex);
  } finally {
    await knex.destroy();
  }
}

async function startPostgres(): Promise<PostgresServer> {
  const given = process.env[VARIABLE];
  if (given) return { connectionString: given, stop: async () => {} };
  const server = require('../../plugins/kubesmith-backend/testing/postgres/server.js');
  return server.startPostgres();
}
