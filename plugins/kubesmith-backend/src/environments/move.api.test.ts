import { randomUUID } from 'node:crypto';
import { createTestDatabases } from '../__testUtils__/databases';
import { testConfigData } from '../__testUtils__/config';
import { as, people, startKubesmith } from '../__testUtils__/startKubesmith';
import { aDraft } from './__testUtils__/draft';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const { admin, instructor, researcher, student1 } = people;
const [configured] = testConfigData().environments;
const FROM = configured.name;

/** Another environment on the same network. */
const twin = (change: object = {}) =>
  aDraft({
    name: 'ds-2027',
    owner: 'group:default/researchers',
    pool: { ...configured.pool, quarantineMinutes: 0 },
    proxmox: { ...configured.proxmox, vmids: { first: 50_000, last: 50_099 } },
    ...change,
  });

describe.each(databases.eachSupportedId())('moving on %s', databaseId => {
  let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;

  beforeAll(async () => {
    kubesmith = await startKubesmith(await databases.init(databaseId));
    await kubesmith.post('/v1/environments', as(admin), twin()).expect(201);
  });

  afterAll(async () => {
    await kubesmith.backend.stop();
  });

  /** A cluster that works, with nothing going on. */
  async function ready(name: string) {
    const { body } = await kubesmith.post('/v1/clusters', as(student1), {
      requestId: randomUUID(),
      name,
      environment: FROM,
      size: 'small',
      workers: 1,
    });
    const id: string = body.cluster.id;
    await kubesmith.stores
      .knex('operations')
      .where({ cluster_id: id })
      .update({ status: 'succeeded' });
    await kubesmith.stores.clusters.markReady(id);
    return id;
  }
  const move = (id: string, environment = 'ds-2027', user = admin) =>
    kubesmith.post(`/v1/clusters/${id}/move`, as(user), { environment });

  it('changes where the cluster lives and who runs it, and nothing of its machines', async () => {
    const id = await ready('demo');
    const path = `/v1/clusters/${id}`;
    const { body: before } = await kubesmith.get(path, as(admin));
    expect((await kubesmith.get(path, as(researcher))).status).toBe(404);
    const { body, status } = await move(id);
    expect({ status, body }).toEqual({
      status: 200,
      body: { clusterId: id, environment: 'ds-2027' },
    });
    const { body: after } = await kubesmith.get(path, as(researcher));
    expect(after).toMatchObject({
      environment: 'ds-2027',
      entityRef: 'resource:kubesmith/ds-2027.demo',
      vip: before.vip,
      nodes: before.nodes,
      phase: 'ready',
    });
    expect((await kubesmith.get(path, as(instructor))).status).toBe(404);
    expect((await kubesmith.get(path, as(student1))).status).toBe(200);

    // The name is free where it was, and taken where it is.
    const other = await ready('demo');
    const { body: refused } = await move(other);
    expect(refused.error).toMatchObject({ code: 'KUBESMITH-NAME-TAKEN' });
    expect((await move(id)).status).toBe(200);
    const { body: entries } = await kubesmith.get(
      '/v1/audit?action=cluster.move',
      as(admin),
    );
    expect(entries.items.at(-1)).toMatchObject({
      actor: admin,
      clusterId: id,
      detail: { from: FROM },
    });
    await new Promise(resolve => setTimeout(resolve, 400));
    expect(kubesmith.publishedEvents).toContainEqual({
      topic: 'kubesmith.clusters',
      eventPayload: { clusterId: id, formerEnvironment: FROM },
    });
  });

  it('is for those who look after both environments', async () => {
    const id = await ready('mine');
    expect((await move(id, 'ds-2027', student1)).status).toBe(403);
    expect((await move(id, 'ds-2027', instructor)).status).toBe(403);
    expect((await move(id, 'ds-2027', researcher)).status).toBe(404);
    expect((await move(id, 'none')).status).toBe(404);
    expect((await move(randomUUID())).status).toBe(404);
  });

  it('waits until nothing goes on', async () => {
    const id = await ready('busy');
    const { knex, clusters } = kubesmith.stores;
    const operations = () => knex('operations').where({ cluster_id: id });
    await operations().update({ status: 'waiting' });
    expect((await move(id)).body.error).toMatchObject({
      code: 'KUBESMITH-MOVE-BUSY',
      message: expect.stringContaining('an operation (create) goes on'),
    });
    await operations().update({ status: 'failed' });
    await clusters.update(id, { phase: 'deleting' });
    expect((await move(id)).body.error.code).toBe('KUBESMITH-MOVE-BUSY');
  });

  it.each<[string, object, RegExp]>([
    [
      'another pool of addresses',
      { pool: aDraft().pool },
      /addresses are from the pool 'lab', not from 'databases'/,
    ],
    [
      'another resource pool',
      { proxmox: { ...twin().proxmox, pool: 'other' } },
      /its Proxmox pool is kubesmith-distributed-systems-2026, not other/,
    ],
    [
      'another storage',
      { proxmox: { ...twin().proxmox, datastore: 'local' } },
      /its storage is shared-ssd, not local/,
    ],
    [
      'another bridge',
      { proxmox: { ...twin().proxmox, bridge: 'vmbr7' } },
      /its bridge is vmbr0, not vmbr7/,
    ],
    [
      'a VLAN',
      { proxmox: { ...twin().proxmox, vlan: 7 } },
      /its VLAN is none, not 7/,
    ],
    [
      'other hosts',
      { proxmox: { ...twin().proxmox, hosts: ['pve9'] } },
      /is on the host pve\d, which is not one of this environment/,
    ],
  ])('refuses %s', async (what, change, message) => {
    const name = `other-${what.length}`;
    const made = await kubesmith.post(
      '/v1/environments',
      as(admin),
      twin({ name, ...change }),
    );
    expect(made.status).toBe(201);
    const id = await ready(name);
    const { body, status } = await move(id, name);
    expect({ status, problems: body.error.problems }).toMatchObject({
      status: 400,
      problems: [
        {
          field: 'environment',
          code: 'KUBESMITH-MOVE-IMPOSSIBLE',
          message: expect.stringMatching(message),
        },
      ],
    });
    const { body: cluster } = await kubesmith.get(
      `/v1/clusters/${id}`,
      as(admin),
    );
    expect(cluster.environment).toBe(FROM);
  });

  it('never gives two clusters of one name to an environment', async () => {
    const first = await ready('twins');
    const place = kubesmith.post('/v1/clusters', as(student1), {
      requestId: randomUUID(),
      name: 'twins',
      environment: 'ds-2027',
      size: 'small',
      workers: 1,
    });
    const [ordered, moved] = await Promise.all([place, move(first)]);
    // Whichever is first; the other one is told that the name is taken.
    expect([
      [201, 400],
      [400, 200],
    ]).toContainEqual([ordered.status, moved.status]);
    const twins = await kubesmith.stores
      .knex('clusters')
      .where({ name: 'twins', environment: 'ds-2027' });
    expect(twins).toHaveLength(1);
  });
});
