import { dirname } from 'node:path';
import type { DatabaseService } from '@backstage/backend-plugin-api';
import type { Config } from '@backstage/config';
import type { Knex } from 'knex';
import type { Size } from '@kubesmith/plugin-kubesmith-common';
import type {
  EncryptionKey,
  EnvironmentConfig,
  KubesmithConfig,
} from '../../config/types';
import { EnvironmentStore } from '../../environments/EnvironmentStore';
import { isPostgres } from '../../database/databaseTime';
import { open, SecretUnreadableError } from '../../secrets/sealing';
import type { SecretRow } from '../../secrets/SecretStore';
import { isThere, sqliteFile, withoutCreating } from '../existingDatabase';
import { counted, type Checklist } from './Checklist';
import { nearestFolder } from './folders';

/** A missing database, in Postgres. */
const NO_SUCH_DATABASE = '3D000';

/** What the records know. */
export type Known = {
  /** VMIDs of machines that are not removed; undefined when that could not be read. */
  vmids?: Set<number>;
  /** The environments that staff made in the portal. */
  environments: EnvironmentConfig[];
};

/** Nothing is recorded yet. */
const nothing = (): Known => ({ vmids: new Set(), environments: [] });

/** What is recorded could not be read. */
const unknown = (): Known => ({ environments: [] });

/** Looks at the plugin's database and whether its secrets can be read. Makes neither database nor tables. */
export async function checkDatabase(
  list: Checklist,
  config: Config,
  { encryption, sizes }: Pick<KubesmithConfig, 'encryption' | 'sizes'>,
  database: (config: Config) => DatabaseService,
): Promise<Known> {
  const file = sqliteFile(config);
  if (file === ':memory:') {
    list.warning(
      'The database is in memory: clusters, tasks and sign-in keys are forgotten when the backend stops',
      'backend.database: use Postgres (client: pg), or a folder on disk for a first look',
    );
    return nothing();
  }
  if (file !== undefined && !(await isThere(file))) {
    return newSqlite(list, file);
  }
  try {
    const knex = await database(withoutCreating(config)).getClient();
    return await look(list, knex, encryption.keys, sizes);
  } catch (error) {
    return explain(list, error as Error & { code?: string });
  }
}

async function look(
  list: Checklist,
  knex: Knex,
  keys: EncryptionKey[],
  sizes: Size[],
): Promise<Known> {
  if (isPostgres(knex)) {
    const { rows } = await knex.raw('show server_version');
    list.ok(`The database answers (Postgres ${rows[0].server_version})`);
  } else {
    await knex.raw('select 1');
    list.ok('The database answers (SQLite)');
  }
  if (!(await knex.schema.hasTable('secrets'))) {
    list.info('It has no tables yet; the backend makes them when it starts');
    return nothing();
  }
  await checkSecrets(list, knex, keys);
  const rows = await knex('nodes').whereNull('removed_at').select('vmid');
  return {
    vmids: new Set(rows.map(row => Number(row.vmid))),
    environments: await portalEnvironments(knex, sizes),
  };
}

/** A portal that has not started since they are records has none. */
async function portalEnvironments(
  knex: Knex,
  sizes: Size[],
): Promise<EnvironmentConfig[]> {
  if (!(await knex.schema.hasTable('environments'))) return [];
  const all = await new EnvironmentStore(knex, sizes).all();
  return all.filter(({ source }) => source === 'portal');
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

async function newSqlite(list: Checklist, file: string): Promise<Known> {
  const folder = await nearestFolder(dirname(file));
  if (folder.writable) {
    list.ok(`The database will be made when the backend starts: ${file}`);
    return nothing();
  }
  list.problem(
    `The database ${file} does not exist and cannot be made: ${folder.path} is not writable`,
    'backend.database.connection.directory: give a folder that the backend’s user may write',
  );
  return unknown();
}

function explain(list: Checklist, error: Error & { code?: string }): Known {
  if (error.code === NO_SUCH_DATABASE) {
    list.info(
      `${error.message}; the backend makes it when it starts, if its user may create databases`,
      'otherwise: createdb, or backend.database.pluginDivisionMode: schema',
    );
    return nothing();
  }
  list.problem(
    `The database does not answer: ${error.message}`,
    'backend.database.connection: check host, port, user and password, and that the server runs',
  );
  return unknown();
}
