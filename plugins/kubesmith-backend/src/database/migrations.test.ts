import { resolvePackagePath } from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import { createTestDatabases } from '../__testUtils__/databases';
import { readDatabaseTime } from './databaseTime';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const directory = resolvePackagePath(
  '@kubesmith/plugin-kubesmith-backend',
  'migrations',
);

const tables = [
  'audit_chain',
  'audit_entries',
  'clusters',
  'database_generation',
  'grants',
  'ip_addresses',
  'ip_pools',
  'nodes',
  'operation_events',
  'operation_steps',
  'operations',
  'secrets',
];

async function existing(knex: Knex): Promise<string[]> {
  const found = await Promise.all(
    tables.map(async table =>
      (await knex.schema.hasTable(table)) ? [table] : [],
    ),
  );
  return found.flat();
}

describe.each(databases.eachSupportedId())('migrations on %s', databaseId => {
  it('go up, down and up again', async () => {
    const knex = await databases.init(databaseId);
    await knex.migrate.latest({ directory });
    expect(await existing(knex)).toEqual(tables);
    await knex.migrate.rollback({ directory }, true);
    expect(await existing(knex)).toEqual([]);
    await knex.migrate.latest({ directory });
    expect(await existing(knex)).toEqual(tables);
  });

  it('tell the time in milliseconds', async () => {
    const knex = await databases.init(databaseId);
    const now = await readDatabaseTime(knex);
    expect(Math.abs(now - Date.now())).toBeLessThan(5000);
  });
});
