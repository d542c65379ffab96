import { access, constants } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DatabaseService } from '@backstage/backend-plugin-api';
import { type Config, ConfigReader } from '@backstage/config';
import type { Knex } from 'knex';
import { connect, pendingMigrations } from '../database/openDatabase';

/**
 * The plugin's database for a command: neither the database nor a table is made or changed by opening it. Throws when the
 * portal of this version was not started with it yet.
 */
export async function openExisting(
  config: Config,
  database: (config: Config) => DatabaseService,
): Promise<Knex> {
  const file = sqliteFile(config);
  if (file !== undefined && !(await isThere(file)))
    throw new Error(
      `There is no database at ${file}: start the portal once, it makes it (or name its app-config with --config)`,
    );
  const knex = await connect(database(withoutCreating(config)));
  const pending = await pendingMigrations(knex);
  if (pending > 0)
    throw new Error(
      `The database's tables are not those of this version (${pending} changes are missing): start the portal of this version once, it makes them`,
    );
  return knex;
}

/** Backstage's database service makes what is missing, unless told not to. */
export function withoutCreating(config: Config): Config {
  return ConfigReader.fromConfigs([
    { context: 'app-config', data: config.get() as {} },
    {
      context: 'without-creating',
      data: {
        backend: {
          database: {
            ensureExists: false,
            ensureSchemaExists: false,
            plugin: { kubesmith: { ensureExists: false } },
          },
        },
      },
    },
  ]);
}

/** Absolute path of the plugin's SQLite file, `:memory:`, or undefined when it is not SQLite. */
export function sqliteFile(config: Config): string | undefined {
  const database = config.getConfig('backend.database');
  const plugin = database.getOptionalConfig('plugin.kubesmith');
  const client = plugin?.getOptionalString('client') ?? database.get('client');
  if (!String(client).includes('sqlite')) return undefined;
  const connection =
    plugin?.getOptional('connection') ?? database.getOptional('connection');
  if (typeof connection === 'string')
    return connection === ':memory:' ? connection : resolve(connection);
  const { directory, filename } = (connection ?? {}) as Record<string, string>;
  if (directory !== undefined)
    return resolve(join(directory, filename ?? 'kubesmith.sqlite'));
  return filename === undefined || filename === ':memory:'
    ? ':memory:'
    : resolve(filename);
}

/** Whether a file exists. */
export async function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
