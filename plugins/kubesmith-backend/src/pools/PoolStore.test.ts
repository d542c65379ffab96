import { randomUUID } from 'node:crypto';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { PoolExhaustedError, type PoolStore } from './PoolStore';

jest.setTimeout(120_000);

const databases = createTestDatabases();

describe.each(databases.eachSupportedId())('PoolStore on %s', databaseId => {
  async function setUp() {
    const stores = await openStores(await databases.init(databaseId));
    const { knex, pools } = stores;
    const allocate = (
      slots: string[],
      request: Partial<Parameters<PoolStore['allocate']>[1]> = {},
    ) =>
      knex.transaction(async tx => {
        const poolId = request.poolId ?? 'lab';
        await pools.lock(tx, poolId);
        return pools.allocate(tx, {
          poolId,
          clusterId: randomUUID(),
          operationId: randomUUID(),
          slots,
          ...request,
        });
      });
    return { ...stores, allocate };
  }

  it('never gives an address twice when 64 ask at once for 53', async () => {
    const { allocate, pools } = await setUp();

    const results = await Promise.allSettled(
      Array.from({ length: 64 }, () => allocate(['vip'])),
    );

    const given = results.flatMap(result =>
      result.status === 'fulfilled' ? result.value : [],
    );
    const refusals = results.flatMap(result =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    expect(given).toHaveLength(53);
    expect(new Set(given).size).toBe(53);
    expect(given).toContain('10.40.19.201');
    expect(given).toContain('10.40.19.253');
    expect(refusals).toHaveLength(11);
    for (const refusal of refusals) {
      expect(refusal).toBeInstanceOf(PoolExhaustedError);
      expect(refusal).toMatchObject({ poolId: 'lab', free: 0, needed: 1 });
    }
    await expect(pools.usage('lab')).resolves.toEqual({ total: 53, free: 0 });
  });

  it('takes nothing when there is not enough for all slots', async () => {
    const { allocate, pools } = await setUp();
    await allocate(['vip', 'a', 'b', 'c'], { poolId: 'research' });

    await expect(
      allocate(['vip', 'a', 'b'], { poolId: 'research' }),
    ).rejects.toMatchObject({ poolId: 'research', free: 2, needed: 3 });

    await expect(pools.usage('research')).resolves.toEqual({
      total: 6,
      free: 2,
    });
  });

  it('gives the same addresses to the same operation', async () => {
    const { allocate } = await setUp();
    const request = { operationId: randomUUID(), clusterId: randomUUID() };
    const first = await allocate(['vip', 'demo-cp-1'], request);

    await expect(allocate(['vip', 'demo-cp-1'], request)).resolves.toEqual(
      first,
    );
    await expect(allocate(['vip'])).resolves.not.toContain(first[0]);
  });

  it('gives back at once without quarantine, held and bound ones alike', async () => {
    const { allocate, pools } = await setUp();
    const clusterId = randomUUID();
    const first = await allocate(['vip', 'a'], { clusterId });
    await pools.bind(clusterId);

    await pools.release(clusterId);

    await expect(pools.usage('lab')).resolves.toEqual({ total: 53, free: 53 });
    await expect(allocate(['vip', 'a'])).resolves.toEqual(first);
  });

  it('gives back those of some slots alone', async () => {
    const { allocate, pools } = await setUp();
    const clusterId = randomUUID();
    const [, address] = await allocate(['vip', 'a', 'b'], { clusterId });

    await pools.release(clusterId, undefined, ['a']);

    await expect(pools.usage('lab')).resolves.toEqual({ total: 53, free: 51 });
    await expect(allocate(['c'])).resolves.toEqual([address]);
  });

  it('lets addresses rest for the quarantine', async () => {
    const { allocate, knex, pools } = await setUp();
    const clusterId = randomUUID();
    const first = await allocate(['vip', 'a'], {
      clusterId,
      poolId: 'research',
    });
    await pools.release(clusterId);

    await expect(pools.usage('research')).resolves.toEqual({
      total: 6,
      free: 4,
    });
    const others = await allocate(['vip', 'a'], { poolId: 'research' });
    expect(others).not.toEqual(expect.arrayContaining(first));

    await knex('ip_addresses')
      .where({ state: 'quarantined' })
      .update({ until: 1 });
    await expect(pools.usage('research')).resolves.toEqual({
      total: 6,
      free: 4,
    });
    await expect(
      allocate(['vip', 'a', 'b', 'c'], { poolId: 'research' }),
    ).resolves.toEqual(expect.arrayContaining(first));
  });

  it('never gives out gateway and DNS servers, also when the range is moved over them', async () => {
    const { allocate, config, pools } = await setUp();
    const [{ pool }] = config.environments;

    await pools.configure([
      { ...pool, first: '10.40.19.252', last: '10.40.19.255' },
    ]);

    await expect(pools.usage('lab')).resolves.toEqual({ total: 2, free: 2 });
    await expect(allocate(['vip', 'a'])).resolves.toEqual([
      '10.40.19.252',
      '10.40.19.253',
    ]);
    await expect(allocate(['vip'])).rejects.toThrow(PoolExhaustedError);
  });

  it('keeps what is taken when the configuration is read again', async () => {
    const { allocate, config, pools } = await setUp();
    const [first] = await allocate(['vip']);

    await pools.configure(config.environments.map(({ pool }) => pool));

    await expect(pools.usage('lab')).resolves.toEqual({ total: 53, free: 52 });
    await expect(allocate(['vip'])).resolves.not.toContain(first);
  });

  it('does not give out what others use, for a day after it was seen last', async () => {
    const { allocate, knex, pools } = await setUp();
    const [held] = await allocate(['vip'], { poolId: 'research' });
    const mark = () =>
      knex.transaction(async tx => {
        await pools.lock(tx, 'research');
        await pools.markForeign(tx, 'research', [
          '10.41.0.11',
          '10.41.0.12',
          '10.41.0.12',
          // Taken by a cluster, and outside the range.
          held,
          '10.41.0.200',
        ]);
      });
    await mark();
    await expect(pools.usage('research')).resolves.toEqual({
      total: 6,
      free: 3,
    });
    await expect(allocate(['a'], { poolId: 'research' })).resolves.toEqual([
      '10.41.0.13',
    ]);
    expect(await knex('ip_addresses').where({ state: 'held' })).toHaveLength(2);

    const times = async () =>
      (
        await knex('ip_addresses').where({ state: 'foreign' }).select('until')
      ).map(({ until }) => Number(until));
    await knex('ip_addresses').where({ state: 'foreign' }).update({ until: 1 });
    await mark();
    expect((await times()).length).toBe(2);
    for (const until of await times()) {
      expect(until).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    }
    await knex('ip_addresses').where({ state: 'foreign' }).update({ until: 1 });
    await expect(
      allocate(['a', 'b', 'c', 'd'], { poolId: 'research' }),
    ).resolves.toEqual([
      '10.41.0.11',
      '10.41.0.12',
      '10.41.0.14',
      '10.41.0.15',
    ]);
  });

  it('replaces an address on which somebody else answers', async () => {
    const { allocate, knex, pools } = await setUp();
    const request = {
      poolId: 'research',
      clusterId: randomUUID(),
      operationId: randomUUID(),
    };
    const [vip, node] = await allocate(['vip', 'demo-cp-1'], request);
    const replace = (address: string) =>
      knex.transaction(async tx => {
        await pools.lock(tx, 'research');
        return pools.replace(tx, { ...request, address });
      });
    await expect(replace(node)).resolves.toBe('10.41.0.12');
    await expect(allocate(['vip', 'demo-cp-1'], request)).resolves.toEqual([
      vip,
      '10.41.0.12',
    ]);
    await expect(pools.usage('research')).resolves.toEqual({
      total: 6,
      free: 3,
    });
    await expect(replace(node)).rejects.toThrow('does not hold');

    await allocate(['a', 'b', 'c'], { poolId: 'research' });
    await expect(replace(vip)).rejects.toThrow(PoolExhaustedError);
    // All or nothing: it still has the old one.
    await pools.release(request.clusterId);
    expect(
      await knex('ip_addresses').where({ state: 'quarantined' }),
    ).toHaveLength(2);
  });

  it('locks all pools, also many times at once', async () => {
    const { knex, pools } = await setUp();
    await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        knex.transaction(tx =>
          index % 2 ? pools.lockAll(tx) : pools.lock(tx, 'research'),
        ),
      ),
    );
    const rows = await knex('ip_pools').orderBy('id').select('id', 'version');
    expect(rows.map(row => [row.id, Number(row.version)])).toEqual([
      ['lab', 8],
      ['research', 16],
    ]);
  });

  it('refuses a pool that nobody configured', async () => {
    const { allocate, pools } = await setUp();
    await expect(allocate(['vip'], { poolId: 'other' })).rejects.toThrow(
      "No pool 'other'",
    );
    await expect(pools.usage('other')).rejects.toThrow("No pool 'other'");
  });
});
