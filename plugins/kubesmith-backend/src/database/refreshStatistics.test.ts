import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { isPostgres } from './databaseTime';
import { refreshStatistics } from './refreshStatistics';

const databases = createTestDatabases();

describe.each(databases.eachSupportedId())('refreshStatistics on %s', id => {
  it('lets SQLite know how the tables are filled, again when they have grown', async () => {
    const knex = await databases.init(id);
    await openStores(knex);
    const add = async (from: number, to: number) => {
      const rows = Array.from({ length: to - from }, (_, n) => ({
        pool_id: 'lab',
        address: 1_000_000 + from + n,
        state: 'foreign',
      }));
      await knex.batchInsert('ip_addresses', rows, 100);
    };
    const counted = async () => {
      const [row] = await knex('sqlite_stat1').where({ tbl: 'ip_addresses' });
      return Number.parseInt(row?.stat ?? '0', 10);
    };
    await add(0, 50);
    await refreshStatistics(knex);
    if (isPostgres(knex)) return;
    expect(await counted()).toBeGreaterThanOrEqual(50);
    await add(50, 5_000);
    await refreshStatistics(knex);
    expect(await counted()).toBeGreaterThan(1_000);
  });
});
