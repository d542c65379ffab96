import { randomUUID } from 'node:crypto';
import { createTestDatabases } from '../../../__testUtils__/databases';
import {
  as,
  people,
  startKubesmith,
} from '../../../__testUtils__/startKubesmith';
import { testConfigData } from '../../../__testUtils__/config';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const { researcher, student1 } = people;
// Offers 1.36.3 and 1.35.9.
const [{ name: environment }] = testConfigData().environments;

describe.each(databases.eachSupportedId())('upgrading, on %s', databaseId => {
  let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;
  let id: string;
  let certificateEnds: string;

  beforeAll(async () => {
    kubesmith = await startKubesmith(await databases.init(databaseId), {
      outside: {
        readCertificate: async () => ({ validTo: certificateEnds } as never),
      },
    });
    const { body } = await kubesmith.post('/v1/clusters', as(student1), {
      requestId: randomUUID(),
      name: 'rise',
      environment,
      size: 'small',
      workers: 1,
      kubernetesVersion: '1.35.9',
    });
    id = body.cluster.id;
  });
  beforeEach(async () => {
    const { clusters, knex } = kubesmith.stores;
    certificateEnds = new Date(Date.now() + 90 * 86_400_000).toUTCString();
    await knex('operations')
      .where({ cluster_id: id })
      .update({ status: 'succeeded' });
    await clusters.markReady(id);
    await knex.transaction(tx =>
      clusters.setKubernetesVersion(tx, id, '1.35.9'),
    );
    nodesAre('1.35.9', '1.35.9');
  });
  afterAll(() => kubesmith.backend.stop());

  function nodesAre(controlPlane: string, worker: string, ready = true) {
    kubesmith.kubectl.nodes.set('rise-cp-1', { version: controlPlane });
    kubesmith.kubectl.nodes.set('rise-w-1', { version: worker, ready });
  }
  const upgrade = (kubernetesVersion: string) => ({
    kind: 'upgrade',
    kubernetesVersion,
  });
  const plan = (request: object, user = student1) =>
    kubesmith.post(`/v1/clusters/${id}/operations/plan`, as(user), request);
  const start = (request: object, user = student1) =>
    kubesmith.post(`/v1/clusters/${id}/operations`, as(user), {
      requestId: randomUUID(),
      request,
    });
  const code = async (request: object) => {
    const { body, status } = await start(request);
    const [problem] = body.error?.problems ?? [];
    return { status, code: body.error?.code, field: problem?.field };
  };

  it('says what becomes of each node, the control plane first, and begins it', async () => {
    const { body } = await plan(upgrade('1.36.3'));
    expect(body).toMatchObject({
      summary: "The cluster 'rise' goes from Kubernetes 1.35.9 to 1.36.3",
      problems: [],
    });
    const nodes = body.effects.filter(({ node }: { node?: string }) => node);
    expect(nodes).toEqual([
      {
        node: 'rise-cp-1',
        text: expect.stringMatching(/^First etcd, the API/),
      },
      { node: 'rise-w-1', text: expect.stringContaining('Pods move away') },
    ]);
    expect(body.effects).toContainEqual({
      text: 'A backup of etcd is taken and kept in the portal.',
    });
    expect(body.warnings[0]).toMatch(/^There is no way back/);
    expect((await plan(upgrade('1.36.3'), researcher)).status).toBe(404);

    const begun = await start(upgrade('1.36.3'));
    expect([begun.status, begun.body.operation.kind]).toEqual([201, 'upgrade']);
    const [{ input }] = await kubesmith.stores
      .knex('operations')
      .where({ id: begun.body.operation.id });
    expect(JSON.parse(input)).toMatchObject({
      kubernetesVersion: '1.36.3',
      nodes: ['rise-cp-1', 'rise-w-1'],
    });
    expect(await code(upgrade('1.36.3'))).toMatchObject({
      status: 409,
      code: 'KUBESMITH-CLUSTER-BUSY',
    });
  });

  it('goes on with one that was not finished, and leaves alone who has the version', async () => {
    const { clusters, knex } = kubesmith.stores;
    await knex.transaction(tx =>
      clusters.setKubernetesVersion(tx, id, '1.36.3'),
    );
    nodesAre('1.36.3', '1.35.9');
    const { body } = await plan(upgrade('1.36.3'));
    expect(body).toMatchObject({
      summary:
        "The upgrade of 'rise' to Kubernetes 1.36.3 goes on: 1 of 2 nodes are left",
      problems: [],
    });
    expect(body.effects).toContainEqual({
      node: 'rise-cp-1',
      text: 'It has 1.36.3 already and is left alone.',
    });
    nodesAre('1.36.3', '1.36.3');
    expect(await code(upgrade('1.36.3'))).toEqual({
      status: 400,
      code: 'KUBESMITH-UPGRADE-NOTHING',
      field: 'kubernetesVersion',
    });
  });

  it.each([
    ['1.37.0', '1.35.9', 'KUBESMITH-VERSION-UNKNOWN'],
    ['latest', '1.35.9', 'KUBESMITH-VERSION-UNKNOWN'],
    ['1.35.9', '1.36.3', 'KUBESMITH-UPGRADE-BACKWARDS'],
    ['1.36.3', '1.34.2', 'KUBESMITH-UPGRADE-TOO-FAR'],
  ])('refuses %s for a cluster of %s: %s', async (version, now, expected) => {
    const { clusters, knex } = kubesmith.stores;
    await knex.transaction(tx => clusters.setKubernetesVersion(tx, id, now));
    nodesAre(now, now);
    expect(await code(upgrade(version))).toEqual({
      status: 400,
      code: expected,
      field: 'kubernetesVersion',
    });
  });

  it('refuses while something is not well, and says what', async () => {
    nodesAre('1.35.9', '1.35.9', false);
    const { body } = await plan(upgrade('1.36.3'));
    expect(body.problems).toMatchObject([
      {
        code: 'KUBESMITH-UPGRADE-UNHEALTHY',
        message: expect.stringContaining('rise-w-1 is not ready.'),
        remedy: 'Repair the cluster, then upgrade it.',
      },
    ]);
    nodesAre('1.35.9', '1.34.0');
    expect(await code(upgrade('1.36.3'))).toMatchObject({
      code: 'KUBESMITH-UPGRADE-UNFINISHED',
    });
    kubesmith.kubectl.nodes.delete('rise-w-1');
    expect(await code(upgrade('1.36.3'))).toMatchObject({
      code: 'KUBESMITH-UPGRADE-UNHEALTHY',
    });
    kubesmith.kubectl.unreachable = true;
    expect(await code(upgrade('1.36.3'))).toMatchObject({
      code: 'KUBESMITH-UPGRADE-UNHEALTHY',
    });
    kubesmith.kubectl.unreachable = false;
    nodesAre('1.35.9', '1.35.9');
    certificateEnds = new Date(Date.now() + 3_600_000).toUTCString();
    expect(await code(upgrade('1.36.3'))).toMatchObject({
      code: 'KUBESMITH-UPGRADE-CERTIFICATE',
    });
    expect(await code({ kind: 'upgrade' })).toMatchObject({
      code: 'KUBESMITH-FIELD-MISSING',
    });
  });
});
