import { randomUUID } from 'node:crypto';
import { createTestDatabases } from '../../../__testUtils__/databases';
import {
  as,
  people,
  startKubesmith,
} from '../../../__testUtils__/startKubesmith';
import { readUse } from '../../../quotas/readUse';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const { admin, researcher, student1 } = people;

describe.each(databases.eachSupportedId())('resizing, on %s', databaseId => {
  let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;
  let id: string;

  const nothingGoesOn = () =>
    kubesmith.stores
      .knex('operations')
      .where({ cluster_id: id })
      .update({ status: 'succeeded' });

  beforeAll(async () => {
    kubesmith = await startKubesmith(await databases.init(databaseId));
    const { body } = await kubesmith.post('/v1/clusters', as(researcher), {
      requestId: randomUUID(),
      name: 'lens',
      environment: 'research',
      size: 'small',
      workers: 2,
    });
    id = body.cluster.id;
    await nothingGoesOn();
    await kubesmith.stores.clusters.markReady(id);
  });

  afterAll(async () => {
    await kubesmith.backend.stop();
  });

  const resize = (size: string, nodes?: string[]) => ({
    kind: 'resize',
    size,
    ...(nodes && { nodes }),
  });
  const plan = (request: object, user = researcher) =>
    kubesmith.post(`/v1/clusters/${id}/operations/plan`, as(user), request);
  const start = (request: object, user = researcher) =>
    kubesmith.post(`/v1/clusters/${id}/operations`, as(user), {
      requestId: randomUUID(),
      request,
    });
  const setQuota = (limits: object) =>
    kubesmith.post('/v1/quotas', as(admin), {
      environment: 'research',
      scope: 'environment',
      limits,
    });

  it('says what becomes of each machine, the control plane last and with a warning', async () => {
    const { body: workers } = await plan(resize('large'));
    expect(workers).toMatchObject({
      summary: "2 machines of the cluster 'lens' become 'large'",
      problems: [],
      effects: [
        {
          node: 'lens-w-1',
          text: expect.stringContaining(
            'from 2 vCPU, 4 GiB of memory, 20 GiB disk to 8 vCPU, 16 GiB of memory, 80 GiB disk',
          ),
        },
        { node: 'lens-w-2' },
      ],
      warnings: [expect.stringContaining('within 5 minutes')],
    });
    const { body: all } = await plan(
      resize('large', ['lens-cp-1', 'lens-w-1']),
    );
    expect(all.effects.map(({ node }: { node: string }) => node)).toEqual([
      'lens-w-1',
      'lens-cp-1',
    ]);
    expect(all.warnings[0]).toContain('the Kubernetes API does not answer');
  });

  it.each([
    [resize('small'), 'size', 'KUBESMITH-RESIZE-NOTHING'],
    [resize('huge'), 'size', 'KUBESMITH-SIZE-UNKNOWN'],
    [resize('large', ['lens-w-9']), 'nodes', 'KUBESMITH-WORKER-UNKNOWN'],
    [{ kind: 'resize' }, 'size', 'KUBESMITH-FIELD-MISSING'],
    [{ ...resize('large'), workers: 3 }, 'workers', 'KUBESMITH-FIELD-UNKNOWN'],
  ])('refuses %j at %s with %s', async (request, field, code) => {
    const { body, status } = await start(request);
    expect(status).toBe(400);
    expect(body.error.problems).toContainEqual(
      expect.objectContaining({ field, code }),
    );
  });

  it('is for those who may scale', async () => {
    expect((await plan(resize('large'), student1)).status).toBe(404);
  });

  it('keeps quotas, and counts what it grows by from the moment of the wish', async () => {
    // Three nodes of 2 vCPU; two of 8 would make 18.
    expect((await setQuota({ vcpu: 17 })).status).toBe(200);
    const { body } = await start(resize('large'));
    expect(body.error.problems).toEqual([
      expect.objectContaining({
        field: 'size',
        code: 'KUBESMITH-QUOTA-EXCEEDED',
      }),
    ]);
    await setQuota({ vcpu: 18 });
    const { status, body: begun } = await start(resize('large'));
    expect({ status, begun }).toMatchObject({
      status: 201,
      begun: { cluster: { spec: { size: 'large' }, phase: 'ready' } },
    });
    const use = await readUse(kubesmith.stores.knex, {
      environment: 'research',
    });
    expect(use).toMatchObject({ nodes: 3, vcpu: 18 });
    // The records say what there is until it is done.
    const [, worker] = await kubesmith.stores.clusters.liveNodes(id);
    expect(worker).toMatchObject({ vcpu: 2, wanted: { vcpu: 8 } });
  });

  it('goes on with what an earlier one left undone, back to what it was too', async () => {
    await nothingGoesOn();
    const { body: back } = await plan(resize('small'));
    expect(back.problems).toEqual([]);
    expect(back.effects[0]).toMatchObject({ node: 'lens-w-1' });
    const { clusters, knex } = kubesmith.stores;
    await knex.transaction(async tx => {
      await clusters.settleSize(tx, id, 'lens-w-1');
    });
    const { body: shown } = await plan(resize('large'));
    expect(
      shown.effects.flatMap(({ node }: { node?: string }) => node ?? []),
    ).toEqual(['lens-w-2']);
    const [, first] = await clusters.liveNodes(id);
    expect(first).toMatchObject({ vcpu: 8, diskGiB: 80, wanted: undefined });
  });
});
