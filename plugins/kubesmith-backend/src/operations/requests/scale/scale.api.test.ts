import { randomUUID } from 'node:crypto';
import { testConfigData } from '../../../__testUtils__/config';
import { createTestDatabases } from '../../../__testUtils__/databases';
import {
  as,
  people,
  startKubesmith,
} from '../../../__testUtils__/startKubesmith';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const { admin, student1, student2 } = people;
const [{ name: environment }] = testConfigData().environments;

describe.each(databases.eachSupportedId())('scaling, on %s', databaseId => {
  let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;

  beforeAll(async () => {
    kubesmith = await startKubesmith(await databases.init(databaseId));
  });

  afterAll(async () => {
    await kubesmith.backend.stop();
  });

  const over = (id: string) =>
    kubesmith.stores
      .knex('operations')
      .where({ cluster_id: id })
      .update({ status: 'succeeded' });

  /** A cluster that works, with nothing going on. */
  async function ready(name: string, workers = 1) {
    const { body } = await kubesmith.post('/v1/clusters', as(student1), {
      requestId: randomUUID(),
      name,
      environment,
      size: 'small',
      workers,
    });
    const id: string = body.cluster.id;
    await over(id);
    await kubesmith.stores.clusters.markReady(id);
    return id;
  }
  const scale = (workers: number, remove?: string[]) => ({
    kind: 'scale',
    workers,
    ...(remove && { remove }),
  });
  const plan = (id: string, request: object, user = student1) =>
    kubesmith.post(`/v1/clusters/${id}/operations/plan`, as(user), request);
  const start = (id: string, body: object, user = student1) =>
    kubesmith.post(`/v1/clusters/${id}/operations`, as(user), {
      requestId: randomUUID(),
      ...body,
    });
  const cluster = async (id: string) =>
    (await kubesmith.get(`/v1/clusters/${id}`, as(student1))).body;
  const free = async () => (await kubesmith.stores.pools.usage('lab')).free;

  it('says who comes, and reserves it', async () => {
    const id = await ready('more');
    const before = await free();
    const { body: shown } = await plan(id, scale(3));
    expect(shown).toMatchObject({
      summary: "The cluster 'more' gets 2 workers",
      problems: [],
      effects: [
        { node: 'more-w-2', text: expect.stringContaining('A new machine (') },
        { node: 'more-w-3' },
        { text: 'The cluster can be used all the time.' },
      ],
    });
    expect(await free()).toBe(before);

    const { body, status } = await start(id, {
      request: scale(3),
      fingerprint: shown.fingerprint,
    });
    expect({ status, body }).toMatchObject({
      status: 201,
      body: {
        operation: { kind: 'scale', initiator: student1 },
        cluster: { spec: { workers: 3 }, phase: 'ready' },
      },
    });
    expect(await free()).toBe(before - 2);
    const { nodes } = await cluster(id);
    expect(nodes.map(({ name, state }: any) => [name, state])).toEqual([
      ['more-cp-1', 'ready'],
      ['more-w-1', 'ready'],
      ['more-w-2', 'planned'],
      ['more-w-3', 'planned'],
    ]);
    // As if it had failed: whoever is half made would not wake up.
    await over(id);
    const { body: sleep } = await plan(id, { kind: 'hibernate' });
    expect(sleep.problems).toEqual([
      expect.objectContaining({ code: 'KUBESMITH-NODE-UNFINISHED' }),
    ]);
    // The next one completes them, or removes them before what works.
    const { body: completed } = await plan(id, scale(3));
    expect(completed.summary).toBe(
      "The cluster 'more' has 2 workers completed",
    );
    const { body: undone } = await plan(id, scale(1));
    expect(undone.summary).toBe("The cluster 'more' loses 2 workers");
    expect(new Set(nodes.map(({ vmid }: any) => vmid)).size).toBe(4);
    expect(new Set(nodes.map(({ ipAddress }: any) => ipAddress)).size).toBe(4);
  });

  it('says who goes: the newest, or those that were chosen', async () => {
    const id = await ready('fewer', 3);
    const { body: newest } = await plan(id, scale(2));
    expect(newest).toMatchObject({
      summary: "The cluster 'fewer' loses one worker",
      effects: [{ node: 'fewer-w-3' }, {}],
      warnings: [expect.stringContaining('within 5 minutes')],
    });
    const { body: chosen } = await plan(id, scale(2, ['fewer-w-1']));
    expect(chosen.effects[0].node).toBe('fewer-w-1');
    expect(chosen.fingerprint).not.toBe(newest.fingerprint);
  });

  it.each([
    [scale(0), 'workers', 'KUBESMITH-SCALE-WORKERS-INVALID'],
    [scale(-1), 'workers', 'KUBESMITH-SCALE-WORKERS-INVALID'],
    [scale(1000), 'workers', 'KUBESMITH-SCALE-WORKERS-INVALID'],
    [scale(1), 'workers', 'KUBESMITH-SCALE-NOTHING'],
    [scale(1, ['nobody-w-1']), 'remove', 'KUBESMITH-WORKER-UNKNOWN'],
    [{ kind: 'scale' }, 'workers', 'KUBESMITH-FIELD-MISSING'],
    [
      { kind: 'scale', workers: 1.5 },
      'request.workers',
      'KUBESMITH-FIELD-INVALID',
    ],
    [{ ...scale(2), owner: student2 }, 'owner', 'KUBESMITH-FIELD-UNKNOWN'],
  ])('refuses %j at %s with %s', async (request, field, code) => {
    const id = await ready(`no-${randomUUID().slice(0, 8)}`);
    const before = await free();
    const { body, status } = await start(id, { request });
    expect(status).toBe(400);
    expect(body.error.problems).toContainEqual(
      expect.objectContaining({ code, field }),
    );
    expect(await free()).toBe(before);
    await kubesmith.stores.clusters.markDeleted(id);
    await kubesmith.stores.pools.release(id);
  });

  it('keeps quotas, in the transaction', async () => {
    const id = await ready('limited');
    const { nodes } = await cluster(id);
    const use = await kubesmith.stores
      .knex('nodes')
      .join('clusters', 'clusters.id', 'nodes.cluster_id')
      .where('clusters.owner', student1)
      .whereNull('nodes.removed_at')
      .whereNull('clusters.deleted_at')
      .count({ n: '*' });
    const { status: made } = await kubesmith.post('/v1/quotas', as(admin), {
      environment,
      scope: 'person',
      subject: student1,
      limits: { nodes: Number(use[0].n) + 1 },
    });
    expect(made).toBe(200);
    const look = jest.spyOn(kubesmith.hypervisor, 'isFree');
    const { body: shown } = await plan(id, scale(3));
    expect(shown.problems).toEqual([
      expect.objectContaining({
        field: 'workers',
        code: 'KUBESMITH-QUOTA-EXCEEDED',
      }),
    ]);
    const { status } = await start(id, { request: scale(3) });
    expect(status).toBe(400);
    // In vain, Proxmox is not looked at.
    expect(look).not.toHaveBeenCalled();
    expect((await plan(id, scale(2))).body.problems).toEqual([]);
    expect(look).toHaveBeenCalled();
    expect((await cluster(id)).nodes).toHaveLength(nodes.length);
    expect((await start(id, { request: scale(2) })).status).toBe(201);
    await kubesmith.stores.knex('quotas').delete();
  });

  it('has one effect when a button is pressed 64 times', async () => {
    const id = await ready('pressed');
    const before = await free();
    const answers = await Promise.all(
      Array.from({ length: 64 }, () => start(id, { request: scale(2) }, admin)),
    );
    const accepted = answers.filter(({ status }) => status === 201);
    expect(accepted).toHaveLength(1);
    const refusals = answers.filter(({ status }) => status !== 201);
    for (const { status, body } of refusals)
      expect([status, body.error.code]).toEqual([
        409,
        'KUBESMITH-CLUSTER-BUSY',
      ]);
    expect(await free()).toBe(before - 1);
  });

  it('is for those who may scale', async () => {
    const id = await ready('theirs');
    expect((await plan(id, scale(2), student2)).status).toBe(404);
    expect((await start(id, { request: scale(2) }, student2)).status).toBe(404);
  });

  it.each([scale(2), { kind: 'resize', size: 'large' }])(
    'says of %j that the environment is gone, not that its hosts are away',
    async request => {
      const id = await ready(`homeless-${request.kind}`);
      await kubesmith.stores
        .knex('clusters')
        .where({ id })
        .update({ environment: 'closed' });
      for (const { status, body } of [
        await plan(id, request, admin),
        await start(id, { request }, admin),
      ])
        expect({ status, code: body.error.code }).toEqual({
          status: 409,
          code: 'KUBESMITH-ENVIRONMENT-GONE',
        });
    },
  );

  it('names the sizes when the own one is not offered any more', async () => {
    const id = await ready('odd', 0);
    const { clusters, knex } = kubesmith.stores;
    const { spec } = (await clusters.get(id))!;
    await knex('clusters')
      .where({ id })
      .update({ spec: JSON.stringify({ ...spec, size: 'odd' }) });
    const { status, body } = await plan(id, scale(1));
    expect({ status, error: body.error }).toMatchObject({
      status: 409,
      error: {
        code: 'KUBESMITH-SIZE-GONE',
        message: expect.stringContaining('one of: small.'),
      },
    });
  });
});
