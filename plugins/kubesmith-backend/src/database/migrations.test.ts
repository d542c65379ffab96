import { resolvePackagePath } from '@backstage/backend-plugin-api';
import createKnex, { type Knex } from 'knex';
import { createEmptyTestDatabases } from '../__testUtils__/databases';
import { isPostgres, readDatabaseTime } from './databaseTime';
import { migrate } from './migrate';

jest.setTimeout(60_000);

const databases = createEmptyTestDatabases();
const directory = resolvePackagePath(
  '@kubesmith/plugin-kubesmith-backend',
  'migrations',
);

const tables = [
  'access_tokens',
  'audit_chain',
  'audit_entries',
  'cluster_archives',
  'approval_limits',
  'clusters',
  'database_generation',
  'environment_version',
  'environments',
  'grants',
  'ip_addresses',
  'ip_pools',
  'lease_changes',
  'lease_clock',
  'lease_ends',
  'lease_holds',
  'lease_notices',
  'nodes',
  'operation_events',
  'operation_steps',
  'operations',
  'order_requests',
  'quotas',
  'room_queue',
  'room_requests',
  'secrets',
  'shares',
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

  it('are done once when several backends start at the same moment', async () => {
    const first = await databases.init(databaseId);
    const others = isPostgres(first)
      ? Array.from({ length: 5 }, () => createKnex(first.client.config))
      : // A second connection of the same process would wait for itself; races.test.ts starts two processes.
        [first, first];
    try {
      await Promise.all(
        [first, ...others].map(knex => migrate(knex, directory)),
      );
      expect(await existing(first)).toEqual(tables);
      expect(await first('knex_migrations_lock')).toEqual([
        expect.objectContaining({ is_locked: 0 }),
      ]);
      const names = (await first('knex_migrations')).map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
    } finally {
      for (const knex of others) if (knex !== first) await knex.destroy();
    }
  });

  it('tell the time in milliseconds', async () => {
    const knex = await databases.init(databaseId);
    const now = await readDatabaseTime(knex);
    expect(Math.abs(now - Date.now())).toBeLessThan(5000);
  });
});
