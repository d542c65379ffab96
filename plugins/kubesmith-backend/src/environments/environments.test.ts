import createKnex from 'knex';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { testConfig } from '../__testUtils__/config';
import { engineDatabase } from '../engine/__testUtils__/engineDatabase';
import { isPostgres } from '../database/databaseTime';
import { EnvironmentEditor } from './EnvironmentEditor';
import { Environments } from './Environments';
import { aDraft, withPool } from './__testUtils__/draft';
import { NO_OVERRIDES } from '../config/environments';
import { readDraft } from './readDraft';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const { environments: configured, sizes } = testConfig();
const [course, research] = configured;
const portal = (draft = aDraft()) => readDraft(draft, sizes).environment!;

describe.each(databases.eachSupportedId())('Environments on %s', databaseId => {
  async function setUp() {
    const stores = await openStores(await databases.init(databaseId));
    const { environments, knex, pools } = stores;
    const editor = new EnvironmentEditor({
      knex,
      pools,
      store: environments.store,
    });
    /** As a start with this configuration does. */
    const start = (list: typeof configured) =>
      new Environments(knex, sizes).mirror(list, { knex, pools });
    const names = async () =>
      (await environments.current()).map(
        ({ name, retired, source }) =>
          `${name} ${retired ? 'retired' : source}`,
      );
    return { ...stores, editor, names, start };
  }

  it('are those of the configuration, in its order, then the portal’s', async () => {
    const { editor, environments, names } = await setUp();
    await editor.create(portal(aDraft({ name: 'a' })), 'user:default/admin');
    expect(await names()).toEqual([
      'distributed-systems-2026 configuration',
      'research configuration',
      'a portal',
    ]);
    // Nothing is lost on the way through the table.
    expect(await environments.find('research')).toMatchObject(
      JSON.parse(JSON.stringify(research)),
    );
  });

  it('are read again only after a change, and then at once, in every replica', async () => {
    const { editor, environments, knex } = await setUp();
    const first = await environments.current();
    expect(await environments.current()).toBe(first);
    const other = isPostgres(knex) ? createKnex(knex.client.config) : knex;
    try {
      const replica = new Environments(other, sizes);
      expect(await replica.current()).toHaveLength(2);
      await editor.create(portal(), 'user:default/admin');
      expect(await environments.current()).toHaveLength(3);
      expect(await replica.current()).toHaveLength(3);
    } finally {
      if (other !== knex) await other.destroy();
    }
  });

  it('that staff make follow the settings of nodes in the configuration, now and later', async () => {
    const { knex, pools } = await openStores(await databases.init(databaseId));
    const settings = (limit: number) => ({
      ...NO_OVERRIDES,
      kubelet: { podPidsLimit: limit },
    });
    const now = new Environments(knex, sizes, settings(100));
    const editor = new EnvironmentEditor({ knex, pools, store: now.store });
    const { record } = await editor.create(portal(), 'user:default/admin');
    expect(record.nodeOverrides).toEqual(settings(100));
    const changed = await editor.update(
      { ...portal(), title: 'Another title' },
      { by: 'user:default/admin', check: () => {}, expectedVersion: 1 },
    );
    expect(changed.record.nodeOverrides).toEqual(settings(100));

    const later = new Environments(knex, sizes, settings(200));
    expect((await later.find(record.name))!.nodeOverrides).toEqual(
      settings(200),
    );
  });

  it('keep their version while they stay as they are', async () => {
    const { environments, start } = await setUp();
    await start(configured);
    expect((await environments.find('research'))!.version).toBe(1);
    await start([
      course,
      { ...research, title: 'R', nodeOverrides: research.nodeOverrides },
    ]);
    expect(await environments.find('research')).toMatchObject({
      title: 'R',
      version: 2,
    });
  });

  it('that the configuration drops go, or stay for their clusters until these are gone or staff take them over', async () => {
    const { clusters, editor, environments, knex, names, start } =
      await setUp();
    await start([course]);
    expect(await names()).toEqual(['distributed-systems-2026 configuration']);
    await start(configured);
    const { clusterId } = await (await engineDatabase(knex)).order();
    await start([course]);
    expect(await names()).toEqual([
      'distributed-systems-2026 configuration',
      'research retired',
    ]);
    const retired = (await environments.find('research'))!;
    const options = { by: 'user:default/admin', check: () => {} };
    const { record } = await editor.update(
      { ...retired, title: 'Ours now' },
      { ...options, expectedVersion: retired.version },
    );
    expect(record).toMatchObject({
      source: 'portal',
      retired: false,
      proxmox: research.proxmox,
      nodeOverrides: research.nodeOverrides,
    });
    // The configuration may have it back.
    await start(configured);
    expect(await environments.find('research')).toMatchObject({
      source: 'configuration',
      title: research.title,
    });
    await start([course]);
    await clusters.markDeleted(clusterId);
    await start([course]);
    expect(await names()).toEqual(['distributed-systems-2026 configuration']);
  });

  it('tell their clusters when the configuration names another owner', async () => {
    const { clusters, knex, start } = await setUp();
    const { clusterId } = await (await engineDatabase(knex)).order();
    const owner = 'group:default/others';
    await start([course, { ...research, owner }]);
    expect(await clusters.get(clusterId)).toMatchObject({
      environmentOwner: owner,
    });
  });

  it('follow the configuration in a pool that they share with it, and refuse a start that overlaps theirs', async () => {
    const { editor, environments, pools, start } = await setUp();
    const { prefixLength, quarantineMs, ...pool } = course.pool;
    await editor.create(
      portal(withPool({ ...pool, quarantineMinutes: 0 })),
      'user:default/admin',
    );
    const smaller = {
      ...course,
      pool: { ...course.pool, last: '10.40.19.240' },
    };
    await start([smaller, research]);
    expect(await environments.find('databases-2026')).toMatchObject({
      pool: { last: '10.40.19.240' },
      version: 2,
    });
    expect((await pools.usage('lab')).total).toBe(40);
    await expect(
      start([{ ...course, pool: { ...course.pool, name: 'other' } }, research]),
    ).rejects.toThrow(
      /'distributed-systems-2026', pool: its addresses overlap those of the pool 'lab'.*'databases-2026', which was made in the portal/,
    );
    // Nothing of that start was kept.
    expect(await environments.find(course.name)).toMatchObject({
      pool: { name: 'lab' },
    });
  });

  it('offer no size that nobody describes any more', async () => {
    const { environments, knex } = await setUp();
    expect((await environments.find('research'))!.sizes).toHaveLength(2);
    const later = new Environments(knex, sizes.slice(1));
    expect((await later.find('research'))!.sizes).toEqual([sizes[1]]);
  });

  it('of two that are made at once under one name there is one', async () => {
    const { editor, names } = await setUp();
    const made = await Promise.allSettled(
      ['One', 'Two', 'Three'].map(title =>
        editor.create(portal(aDraft({ title })), 'user:default/admin'),
      ),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const answer of made)
      if (answer.status === 'rejected')
        // eslint-disable-next-line jest/no-conditional-expect -- each that was refused
        expect(answer.reason).toMatchObject({
          problems: [{ code: 'KUBESMITH-ENVIRONMENT-EXISTS' }],
        });
    expect(await names()).toHaveLength(3);
  });
});
