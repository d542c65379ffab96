import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { testConfigData } from '../__testUtils__/config';
import { createTestDatabases } from '../__testUtils__/databases';
import {
  as,
  asPlugin,
  people,
  startKubesmith,
} from '../__testUtils__/startKubesmith';
import { aDraft, withPool, withProxmox } from './__testUtils__/draft';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const { admin, instructor, student1 } = people;
const NAME = 'databases-2026';
const PATH = `/v1/environments/${NAME}`;

describe.each(databases.eachSupportedId())('environments on %s', databaseId => {
  let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;

  beforeAll(async () => {
    kubesmith = await startKubesmith(await databases.init(databaseId));
  });

  afterAll(async () => {
    await kubesmith.backend.stop();
  });

  /** As if it had just been started. */
  afterEach(async () => {
    const { knex } = kubesmith.stores;
    for (const table of [
      'secrets',
      'operation_events',
      'operation_steps',
      'room_requests',
      'operations',
      'nodes',
      'clusters',
    ])
      await knex(table).delete();
    await knex('ip_addresses').whereNot({ state: 'reserved' }).delete();
    await knex('environments').where({ source: 'portal' }).delete();
    await knex('environment_version').update({
      version: knex.raw('version + 1'),
    });
    kubesmith.hypervisor.online = ['pve1', 'pve2', 'pve3'];
    kubesmith.hypervisor.down = false;
  });

  const over = (id: string) =>
    kubesmith.stores
      .knex('operations')
      .where({ id })
      .update({ status: 'succeeded' });

  const create = (draft = aDraft(), user = admin) =>
    kubesmith.post('/v1/environments', as(user), draft);
  const change = (draft: object, expectedVersion = 1, user = admin) =>
    kubesmith.put(PATH, as(user), { ...draft, expectedVersion });
  const order = (environment = NAME, name = 'demo', user = student1) =>
    kubesmith.post('/v1/clusters', as(user), {
      requestId: randomUUID(),
      name,
      environment,
      size: 'small',
      workers: 1,
    });
  const fields = (body: any) =>
    (body.error.problems as any[]).map(({ field, code }) => `${field} ${code}`);

  it('are made, and can be ordered in at once', async () => {
    const { body, status } = await create();
    expect({ status, error: body.error }).toEqual({ status: 201 });
    expect(body).toMatchObject({
      ...aDraft(),
      source: 'portal',
      version: 1,
      createdBy: admin,
      clusters: 0,
      addresses: { total: 31, free: 31 },
      can: { change: true, changeNetwork: true, delete: true },
    });
    expect((await order()).status).toBe(201);
    const { body: listed } = await kubesmith.get(
      '/v1/environments',
      as(student1),
    );
    expect(listed.items.map(({ name }: any) => name)).toEqual([
      'distributed-systems-2026',
      NAME,
    ]);
    const { body: records } = await kubesmith.get(
      '/v1/environment-records',
      as(admin),
    );
    expect(records.items).toMatchObject([
      {
        name: 'distributed-systems-2026',
        source: 'configuration',
        can: { change: false },
      },
      { name: 'research' },
      {
        name: NAME,
        clusters: 1,
        addresses: { free: 28 },
        can: { delete: false },
      },
    ]);
    expect(records).toMatchObject({
      cnis: ['kube-router'],
      can: { create: true },
    });
    expect(kubesmith.publishedEvents).toContainEqual({
      topic: 'kubesmith.environments',
      eventPayload: { environment: NAME },
    });
  });

  it('are nobody else’s business', async () => {
    await create();
    for (const user of [instructor, student1]) {
      expect((await create(aDraft({ name: 'other' }), user)).status).toBe(403);
      expect((await kubesmith.get(PATH, as(user))).status).toBe(404);
      expect((await change(aDraft({ title: 'x' }), 1, user)).status).toBe(404);
      expect(
        (await kubesmith.delete(`${PATH}?expectedVersion=1`, as(user))).status,
      ).toBe(404);
      expect(
        (
          await kubesmith.post(
            '/v1/environments/check',
            as(user),
            aDraft({ name: 'o' }),
          )
        ).status,
      ).toBe(403);
      const { body } = await kubesmith.get('/v1/environment-records', as(user));
      expect(body).toMatchObject({ items: [], can: { create: false } });
    }
    expect((await kubesmith.get(PATH, as(admin))).body.version).toBe(1);
  });

  it('change by the version that was read: of two changes at once one is refused', async () => {
    await create();
    const answers = await Promise.all([
      change(aDraft({ title: 'One' })),
      change(aDraft({ title: 'Two' })),
    ]);
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 409]);
    const refused = answers.find(({ status }) => status === 409)!;
    expect(refused.body.error).toMatchObject({
      code: 'KUBESMITH-ENVIRONMENT-CHANGED',
      message: expect.stringContaining(admin),
    });
    const won = answers.find(({ status }) => status === 200)!;
    const { body } = await kubesmith.get(PATH, as(admin));
    expect(body).toMatchObject({ title: won.body.title, version: 2 });
    expect(
      (await kubesmith.put(PATH, as(admin), aDraft())).body.error.code,
    ).toBe('KUBESMITH-FIELD-MISSING');
  });

  it('of the configuration are read-only, and come back as they were', async () => {
    const path = '/v1/environments/research';
    const { body } = await kubesmith.get(path, as(admin));
    expect(body).toMatchObject({ source: 'configuration', version: 1 });
    const { body: refused, status } = await kubesmith.put(path, as(admin), {
      ...aDraft({ name: 'research' }),
      expectedVersion: 1,
    });
    expect({ status, code: refused.error.code }).toEqual({
      status: 409,
      code: 'KUBESMITH-ENVIRONMENT-CONFIGURED',
    });
    const removed = await kubesmith.delete(
      `${path}?expectedVersion=1`,
      as(admin),
    );
    expect(removed.body.error.code).toBe('KUBESMITH-ENVIRONMENT-CONFIGURED');
  });

  it('keep under their clusters what these stand on', async () => {
    await create();
    expect((await order()).status).toBe(201);
    const { body } = await change({
      ...withProxmox(
        {
          pool: 'other',
          datastore: 'local',
          bridge: 'vmbr9',
          vlan: 7,
          vmids: { first: 41_000, last: 41_099 },
        },
        withPool({
          cidr: '10.42.0.0/23',
          gateway: '10.42.0.2',
          first: '10.42.0.11',
          dnsServers: ['10.42.0.12'],
        }),
      ),
    });
    expect(fields(body)).toEqual([
      'pool.cidr KUBESMITH-POOL-FIXED',
      'pool.gateway KUBESMITH-POOL-FIXED',
      'pool.first KUBESMITH-POOL-ADDRESSES-IN-USE',
      'pool.dnsServers KUBESMITH-POOL-ADDRESSES-IN-USE',
      'proxmox.pool KUBESMITH-ENVIRONMENT-FIXED',
      'proxmox.datastore KUBESMITH-ENVIRONMENT-FIXED',
      'proxmox.bridge KUBESMITH-ENVIRONMENT-FIXED',
      'proxmox.vlan KUBESMITH-ENVIRONMENT-FIXED',
      'proxmox.vmids KUBESMITH-VMIDS-IN-USE',
    ]);
    const { status, body: shrunk } = await change(
      withPool({ last: '10.42.0.12' }, aDraft({ sizes: ['small', 'large'] })),
    );
    expect({ status, free: shrunk.addresses?.free }).toEqual({
      status: 200,
      free: 0,
    });
    const moved = await change(
      withPool({ name: 'another', first: '10.42.0.60', last: '10.42.0.70' }),
      2,
    );
    expect(fields(moved.body)).toEqual([
      'pool.name KUBESMITH-ENVIRONMENT-FIXED',
    ]);
  });

  it('share a pool, and change it together', async () => {
    await create();
    await create(aDraft({ name: 'databases-2027' }));
    const differs = await create(
      withPool({ last: '10.42.0.41' }, aDraft({ name: 'third' })),
    );
    expect(fields(differs.body)).toEqual([
      'pool.name KUBESMITH-POOL-DIFFERS',
      'pool.name KUBESMITH-POOL-DIFFERS',
    ]);
    const overlaps = await create(
      withPool(
        {
          name: 'mine',
          cidr: '10.41.0.0/24',
          first: '10.41.0.15',
          last: '10.41.0.20',
          gateway: '10.41.0.1',
        },
        aDraft({ name: 'third' }),
      ),
    );
    expect(fields(overlaps.body)).toEqual([
      'pool.first KUBESMITH-POOL-OVERLAP',
    ]);
    const { body } = await change(withPool({ last: '10.42.0.41' }));
    expect(body).toMatchObject({
      version: 2,
      sharesPoolWith: ['databases-2027'],
    });
    const { body: other } = await kubesmith.get(
      '/v1/environments/databases-2027',
      as(admin),
    );
    expect(other).toMatchObject({
      version: 2,
      pool: { last: '10.42.0.41' },
      addresses: { total: 32 },
    });
  });

  it('do not change a pool of the configuration', async () => {
    const [{ pool }] = await kubesmith.stores.environments.current();
    const { prefixLength, quarantineMs, ...described } = pool;
    const shared = withPool({ ...described, quarantineMinutes: 0 });
    expect((await create(shared)).status).toBe(201);
    const { body } = await change(withPool({ last: '10.40.19.252' }, shared));
    expect(fields(body)).toEqual(['pool.name KUBESMITH-POOL-CONFIGURED']);
  });

  it('are refused twice, and with every mistake at once', async () => {
    await create();
    expect(fields((await create()).body)).toEqual([
      'name KUBESMITH-ENVIRONMENT-EXISTS',
    ]);
    const { body, status } = await create(
      aDraft({ name: 'X', owner: 'me', leaseDays: 0 }),
    );
    expect(status).toBe(400);
    expect(fields(body)).toEqual([
      'name KUBESMITH-ENVIRONMENT-INVALID',
      'owner KUBESMITH-ENVIRONMENT-INVALID',
      'leaseDays KUBESMITH-ENVIRONMENT-INVALID',
    ]);
    for (const bad of [
      { name: 5 },
      { nodeOverrides: {} },
      { title: 'a\u0007b' },
      { members: 'x' },
      { sizes: Array(101).fill('small') },
    ])
      expect(
        (await create({ ...aDraft({ name: 'bad' }), ...bad } as never)).status,
      ).toBe(400);
    const { body: records } = await kubesmith.get(
      '/v1/environment-records',
      as(admin),
    );
    expect(records.items).toHaveLength(3);
  });

  it('tell who runs one nothing of the addresses and machines of others', async () => {
    const { keeper } = people;
    const owner = 'group:default/keepers';
    await create(aDraft({ owner }));
    const check = (draft: object) =>
      kubesmith.post('/v1/environments/check', as(keeper), {
        ...draft,
        expectedVersion: 1,
      });
    const [other] = testConfigData().environments;
    for (const probe of [
      aDraft({ owner, pool: { ...other.pool, name: 'databases' } }),
      withProxmox({ vmids: other.proxmox.vmids }, aDraft({ owner })),
    ]) {
      const told = await check(probe);
      expect(told.status).toBe(403);
      expect(told.body.error.code).toBe('KUBESMITH-NOT-ALLOWED');
      expect(JSON.stringify(told.body)).not.toContain(other.name);
    }
    const { body } = await check(aDraft({ owner, title: 'Other' }));
    expect(body).toEqual({ problems: [], findings: [] });
    const saved = await change(aDraft({ owner, title: 'Other' }), 1, keeper);
    expect(saved.body).toMatchObject({ version: 2, title: 'Other' });
    const { body: entries } = await kubesmith.get(
      '/v1/audit?action=environment.change&limit=1',
      as(admin),
    );
    expect(entries.items[0].detail).toMatchObject({ changed: ['title'] });
    const more = await change(aDraft({ title: 'Other' }), 2, keeper);
    expect(more.status).toBe(403);
  });

  it('are checked without being made, Proxmox too', async () => {
    kubesmith.hypervisor.online = ['pve1'];
    const check = (draft: object, user = admin) =>
      kubesmith.post('/v1/environments/check', as(user), draft);
    const { body } = await check(aDraft());
    expect(body).toMatchObject({
      problems: [],
      findings: [
        { level: 'ok' },
        {
          level: 'problem',
          text: 'There is no host pve2',
          remedy: expect.any(String),
        },
      ],
    });
    const { body: bad } = await check(aDraft({ name: 'research', sizes: [] }));
    expect(bad).toMatchObject({ problems: [{ field: 'sizes' }], findings: [] });
    const { body: taken } = await check(aDraft({ name: 'research' }));
    expect(taken).toMatchObject({
      problems: [{ field: 'name' }],
      findings: [],
    });
    await create();
    expect(
      (await check({ ...aDraft(), expectedVersion: 1 })).body.problems,
    ).toEqual([]);
    kubesmith.hypervisor.down = true;
    const away = await check({ ...aDraft(), expectedVersion: 1 });
    expect({ status: away.status, code: away.body.error.code }).toEqual({
      status: 503,
      code: 'KUBESMITH-HYPERVISOR-UNREACHABLE',
    });
  });

  it('are not deleted while clusters or operations remain', async () => {
    await create();
    const remove = (version = 1) =>
      kubesmith.delete(`${PATH}?expectedVersion=${version}`, as(admin));
    const { body: ordered } = await order();
    const { clusters } = kubesmith.stores;
    expect((await remove()).body.error).toMatchObject({
      code: 'KUBESMITH-ENVIRONMENT-IN-USE',
      message: expect.stringContaining('1 clusters'),
    });
    await clusters.markDeleted(ordered.cluster.id);
    expect((await remove()).body.error).toMatchObject({
      code: 'KUBESMITH-ENVIRONMENT-BUSY',
      message: expect.stringContaining('1 operations'),
    });
    await over(ordered.operation.id);
    expect((await remove(2)).body.error.code).toBe(
      'KUBESMITH-ENVIRONMENT-CHANGED',
    );
    expect((await remove()).status).toBe(200);
    expect((await remove()).status).toBe(404);
    expect((await order()).body.error).toMatchObject({
      code: 'KUBESMITH-ENVIRONMENT-UNKNOWN',
    });
    expect((await create()).status).toBe(201);
  });

  it('let no order into what is deleted in the same moment', async () => {
    for (let round = 0; round < 8; round++) {
      await create();
      const orders = [order(NAME, `a-${round}`), order(NAME, `b-${round}`)];
      // Each time a little later: now before the orders' transactions, now between them, now after.
      await delay(round * 12);
      const removed = await kubesmith.delete(
        `${PATH}?expectedVersion=1`,
        as(admin),
      );
      const placed = (await Promise.all(orders)).filter(
        ({ status }) => status === 201,
      );
      const knex = kubesmith.stores.knex;
      const live = await knex('clusters')
        .where({ environment: NAME })
        .whereNull('deleted_at');
      const exists = await knex('environments').where({ name: NAME });
      expect(live).toHaveLength(placed.length);
      expect(exists).toHaveLength(removed.status === 200 ? 0 : 1);
      // Either the order was first, or the deletion.
      expect(exists.length > 0 || placed.length === 0).toBe(true);
      for (const { body } of placed) {
        await kubesmith.stores.clusters.markDeleted(body.cluster.id);
        await kubesmith.stores.pools.release(body.cluster.id);
        await over(body.operation.id);
      }
      await kubesmith.delete(`${PATH}?expectedVersion=1`, as(admin));
    }
  });

  it('tell their clusters at once who runs them', async () => {
    await create();
    const { body: ordered } = await order();
    const clusterPath = `/v1/clusters/${ordered.cluster.id}`;
    expect(
      (await kubesmith.get(clusterPath, as(people.researcher))).status,
    ).toBe(404);
    expect(
      (await change(aDraft({ owner: 'group:default/researchers' }))).status,
    ).toBe(200);
    expect(
      (await kubesmith.get(clusterPath, as(people.researcher))).status,
    ).toBe(200);
    expect((await kubesmith.get(clusterPath, as(instructor))).status).toBe(404);
  });

  it('give their timetable to new clusters, whose owners may change it', async () => {
    const timetable = {
      sleep: '0 20 * * *',
      wake: '0 7 * * *',
      timeZone: 'Europe/Berlin',
    };
    const refused = await create(
      aDraft({ timetable: { ...timetable, wake: 'at seven' } }),
    );
    expect(refused.body.error.problems).toEqual([
      expect.objectContaining({ field: 'timetable.wake' }),
    ]);
    const { body: made } = await create(aDraft({ timetable }));
    expect(made.timetable).toEqual(timetable);
    const { body: first } = await order();
    const path = `/v1/clusters/${first.cluster.id}/schedule`;
    const { body: schedule } = await kubesmith.get(path, as(student1));
    expect(schedule).toMatchObject({
      timetable,
      setBy: `system:default/${NAME}`,
      can: { change: true },
    });
    expect(schedule.next).toHaveLength(5);
    const { body: changed } = await kubesmith.post(path, as(student1), {});
    expect(changed.timetable).toBeUndefined();

    // Without one again: for clusters that are ordered from then on.
    expect((await change(aDraft())).body.timetable).toBeUndefined();
    const { body: second } = await order(NAME, 'second');
    const { body: none } = await kubesmith.get(
      `/v1/clusters/${second.cluster.id}/schedule`,
      as(student1),
    );
    expect(none.timetable).toBeUndefined();
  });

  it('are on record, refusals too', async () => {
    await create();
    await change(aDraft({ title: 'Other', leaseDays: 20 }));
    await create(aDraft({ name: 'mine' }), student1);
    const { body } = await kubesmith.get('/v1/audit', as(admin));
    const entries = body.items.filter(({ action }: any) =>
      action.startsWith('environment.'),
    );
    expect(entries.slice(0, 3)).toMatchObject([
      { action: 'environment.create', actor: student1, outcome: 'denied' },
      {
        action: 'environment.change',
        detail: { changed: ['title', 'leaseDays'], version: 2 },
      },
      { action: 'environment.create', actor: admin, environment: NAME },
    ]);
  });

  it('show all to other plugins', async () => {
    await create();
    const { body } = await kubesmith.get(
      '/v1/environments',
      asPlugin('catalog'),
    );
    expect(body.items).toHaveLength(3);
  });
});
