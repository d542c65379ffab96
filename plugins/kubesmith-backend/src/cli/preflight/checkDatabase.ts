import { dirname } from 'node:path';
import type { DatabaseService } from '@backstage/backend-plugin-api';
import type { Config } from '@backstage/config';
import type { Knex } from 'knex';
import type { EncryptionKey } from '../../config/types';
import { isPostgres } from '../../database/databaseTime';
import { open, SecretUnreadableError } from '../../secrets/sealing';
import type { SecretRow } from '../../secrets/SecretStore';
import { isThere, sqliteFile, withoutCreating } from '../existingDatabase';
import { counted, type Checklist } from './Checklist';
import { nearestFolder } from './folders';

/** A missing database, in Postgres. */
const NO_SUCH_DATABASE = '3D000';

/**
 * Looks at the plugin's database and whether its secrets can be read. Makes neither database nor tables.
 *
 * @returns the VMIDs of machines that are not removed; undefined when that could not be read
 */
export async function checkDatabase(
  list: Checklist,
  config: Config,
  keys: EncryptionKey[],
  database: (config: Config) => DatabaseService,
): Promise<Set<number> | undefined> {
  const file = sqliteFile(config);
  if (file === ':memory:') {
    list.warning(
      'The database is in memory: clusters, tasks and sign-in keys are forgotten when the backend stops',
      'backend.database: use Postgres (client: pg), or a folder on disk for a first look',
    );
    return new Set();
  }
  if (file !== undefined && !(await isThere(file))) {
    return newSqlite(list, file);
  }
  try {
    const knex = await database(withoutCreating(config)).getClient();
    return await look(list, knex, keys);
  } catch (error) {
    return explain(list, error as Error & { code?: string });
  }
}

async function look(
  list: Checklist,
  knex: Knex,
  keys: EncryptionKey[],
): Promise<Set<number>> {
  if (isPostgres(knex)) {
    const { rows } = await knex.raw('show server_version');
    list.ok(`The database answers (Postgres ${rows[0].server_version})`);
  } else {
    await knex.raw('select 1');
    list.ok('The database answers (SQLite)');
  }
  if (!(await knex.schema.hasTable('secrets'))) {
    list.info('It has no tables yet; the backend makes them when it starts');
    return new Set();
  }
  await checkSecrets(list, knex, keys);
  const rows = await knex('nodes').whereNull('removed_at').select('vmid');
  return new Set(rows.map(row => Number(row.vmid)));
}

/** One secret of each key is opened, to see that the key is the one it says it is. */
async function checkSecrets(
  list: Checklist,
  knex: Knex,
  keys: EncryptionKey[],
): Promise<void> {
  const used = await knex<SecretRow>('secrets').distinct('key_id');
  let readable = true;
  for (const { key_id } of used) {
    const row = await knex<SecretRow>('secrets').where({ key_id }).first();
    if (!row) continue;
    try {
      open(keys, row);
    } catch (error) {
      if (!(error instanceof SecretUnreadableError)) throw error;
      readable = false;
      list.problem(
        `${error.message}.`,
        `kubesmith.encryption.keys: put the right key with the id ${key_id} behind the first one`,
      );
    }
  }
  if (readable)
    list.ok(
      used.length === 0
        ? 'No secrets are stored yet; the first encryption key will be used'
        : `The encryption keys open what is stored (${counted(
            used.length,
            'key',
          )} in use)`,
    );
}

async function newSqlite(
  list: Checklist,
  file: string,
): Promise<Set<number> | undefined> {
  const folder = await nearestFolder(dirname(file));
  if (folder.writable) {
    list.ok(`The database will be made when the backend starts: ${file}`);
    return new Set();
  }
  list.problem(
    `The database ${file} does not exist and cannot be made: ${folder.path} is not writable`,
    'backend.database.connection.directory: give a folder that the backend’s user may write',
  );
  return undefined;
}

function explain(
  list: Checklist,
  error: Error & { code?: string },
): Set<number> | undefined {
  if (error.code === NO_SUCH_DATABASE) {
    list.info(
      `${error.message}; the backend makes it when it starts, if its user may create databases`,
      'otherwise: createdb, or backend.database.pluginDivisionMode: schema',
    );
    return new Set();
  }
  list.problem(
    `The database does not answer: ${error.message}`,
    'backend.database.connection: check host, port, user and password, and that the server runs',
  );
  return undefined;
}
