import { randomUUID } from 'node:crypto';
import type {
  PermissionCondition,
  PermissionCriteria,
} from '@backstage/plugin-permission-common';
import {
  createConditionAuthorizer,
  createConditionTransformer,
} from '@backstage/plugin-permission-node';
import {
  type ClusterFilter,
  clusterConditions,
  clusterRules,
  createClusterConditionalDecision,
} from '@kubesmith/plugin-kubesmith-node';
import { clusterReadPermission } from '@kubesmith/plugin-kubesmith-common';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import type { NewCluster } from './ClusterStore';
import { isUniqueViolation } from './isUniqueViolation';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const everything = { limit: 100, offset: 0 };
let nextVmid = 20_000;

describe.each(databases.eachSupportedId())('ClusterStore on %s', databaseId => {
  async function setUp() {
    const stores = await openStores(await databases.init(databaseId));
    const { clusters, knex } = stores;
    const add = async (
      cluster: Partial<NewCluster> = {},
      workers = 0,
    ): Promise<string> => {
      const id = randomUUID();
      const name = cluster.name ?? 'demo';
      const names = [
        `${name}-cp-1`,
        ...Array.from({ length: workers }, (_, i) => `${name}-w-${i + 1}`),
      ];
      await knex.transaction(tx =>
        clusters.insert(
          tx,
          {
            id,
            name,
            environment: 'research',
            owner: 'user:default/student-1',
            createdBy: 'user:default/student-1',
            environmentOwner: 'group:default/researchers',
            spec: {
              size: 'small',
              controlPlanes: 1,
              workers,
              kubernetesVersion: '1.36.3',
              cni: 'kube-router',
            },
            poolId: 'research',
            vip: '10.41.0.10',
            leaseMs: 60_000,
            ...cluster,
          },
          // Inserted backwards: the order must come from the store.
          names.reverse().map(node => ({
            id: randomUUID(),
            name: node,
            role: node.endsWith('-cp-1')
              ? ('control-plane' as const)
              : ('worker' as const),
            vmid: nextVmid++,
            host: 'pve1',
            ipAddress: '10.41.0.11',
            macAddress: '02:4B:53:00:00:01',
            smbiosUuid: randomUUID(),
            vcpu: 2,
            memoryMiB: 4096,
            diskGiB: 20,
            operationId: randomUUID(),
          })),
        ),
      );
      return id;
    };
    return { ...stores, add };
  }

  it('keeps what was ordered', async () => {
    const { add, clusters } = await setUp();
    const id = await add({ requestKey: 'user:default/a|1' });

    const record = (await clusters.get(id))!;

    expect(record).toMatchObject({
      id,
      name: 'demo',
      environment: 'research',
      phase: 'reserved',
      everReady: false,
      vip: '10.41.0.10',
      spec: { size: 'small', workers: 0 },
      requestKey: 'user:default/a|1',
    });
    expect(record.expiresAt - record.createdAt).toBe(60_000);
    expect(Math.abs(record.createdAt - Date.now())).toBeLessThan(10_000);
    await expect(
      clusters.findByRequestKey('user:default/a|1'),
    ).resolves.toEqual(record);
    await expect(clusters.get('not-a-uuid')).resolves.toBeUndefined();
  });

  it('orders nodes by role and number', async () => {
    const { add, clusters } = await setUp();
    const id = await add({}, 11);
    const names = (await clusters.nodes(id)).map(({ name }) => name);
    expect(names).toEqual([
      'demo-cp-1',
      ...Array.from({ length: 11 }, (_, i) => `demo-w-${i + 1}`),
    ]);
  });

  it('adds and removes nodes, and counts the workers that there are', async () => {
    const { add, clusters, knex } = await setUp();
    const id = await add({}, 2);
    const [, worker] = await clusters.nodes(id);
    const names = (nodes: { name: string }[]) => nodes.map(({ name }) => name);

    await knex.transaction(tx => clusters.removeNodes(tx, id, ['demo-w-1']));
    expect(names(await clusters.liveNodes(id))).toEqual([
      'demo-cp-1',
      'demo-w-2',
    ]);
    expect(await clusters.nodes(id)).toHaveLength(3);
    expect((await clusters.get(id))!.spec.workers).toBe(1);

    // Its machine id is free; its name is not, for ever.
    const another = { ...worker, id: randomUUID(), name: 'demo-w-3' };
    await knex.transaction(tx => clusters.addNodes(tx, id, [another]));
    expect(names(await clusters.liveNodes(id))).toEqual([
      'demo-cp-1',
      'demo-w-2',
      'demo-w-3',
    ]);
    expect((await clusters.get(id))!.spec.workers).toBe(2);
    await expect(
      knex.transaction(tx =>
        clusters.addNodes(tx, id, [
          { ...another, id: randomUUID(), name: 'demo-w-1', vmid: nextVmid++ },
        ]),
      ),
    ).rejects.toThrow(/unique/i);
  });

  it('refuses a name twice in an environment until the first is deleted', async () => {
    const { add, clusters, grants } = await setUp();
    const id = await add();
    const grant = await grants.insert({
      id: randomUUID(),
      clusterId: id,
      userRef: 'user:default/student-1',
      role: 'viewer',
      serviceAccount: 'grant-1',
      secretName: 'grant-1',
      lifetimeMs: 60_000,
    });
    const refusal = await add().catch(error => error);
    expect(isUniqueViolation(refusal)).toBe(true);
    await add({ environment: 'distributed-systems-2026' });
    await expect(
      clusters.isNameTaken({ environment: 'research', name: 'demo' }),
    ).resolves.toBe(true);

    await clusters.markDeleted(id);

    await expect(
      clusters.isNameTaken({ environment: 'research', name: 'demo' }),
    ).resolves.toBe(false);
    const second = await add();
    await expect(clusters.get(id)).resolves.toMatchObject({
      phase: 'deleted',
      deletedAt: expect.any(Number),
    });
    await expect(clusters.nodes(id)).resolves.toMatchObject([
      { state: 'deleted', removedAt: expect.any(Number) },
    ]);
    await expect(grants.get(grant.id)).resolves.toMatchObject({
      revokedAt: expect.any(Number),
    });
    const { items } = await clusters.list({
      ...everything,
      environment: 'research',
    });
    expect(items.map(item => item.id)).toEqual([second]);
  });

  it('does not let a build move a cluster out of deleting', async () => {
    const { add, clusters } = await setUp();
    const id = await add();
    const phase = async () => (await clusters.get(id))!.phase;
    await clusters.update(id, { phase: 'provisioning' });
    expect(await phase()).toBe('provisioning');
    await clusters.update(id, { phase: 'deleting' });

    await clusters.update(id, { phase: 'failed' });
    expect(await phase()).toBe('deleting');
    await clusters.markReady(id);
    expect(await phase()).toBe('deleting');
    await clusters.update(id, { phase: 'needs-attention' });
    expect(await phase()).toBe('needs-attention');
    await clusters.markDeleted(id);
    await clusters.update(id, { phase: 'deleting' });
    expect(await phase()).toBe('deleted');
  });

  it('remembers when a cluster was ready first', async () => {
    const { add, clusters } = await setUp();
    const id = await add({}, 1);
    await clusters.update(id, {
      failure: {
        code: 'KUBESMITH-X',
        class: 'unknown',
        message: 'm',
        nextStep: 'n',
      },
      apiServerCa: 'PEM',
    });
    expect((await clusters.get(id))!.failure).toMatchObject({ message: 'm' });
    await clusters.markReady(id);
    const first = (await clusters.get(id))!;
    expect(first).toMatchObject({
      phase: 'ready',
      everReady: true,
      apiServerCa: 'PEM',
      failure: undefined,
    });
    await clusters.markReady(id);
    expect((await clusters.get(id))!.readyAt).toBe(first.readyAt);
    await expect(clusters.nodes(id)).resolves.toMatchObject([
      { state: 'ready' },
      { state: 'ready' },
    ]);
  });

  it('lists pages, newest first, and finds by name and owner as plain text', async () => {
    const { add, clusters, knex } = await setUp();
    const ids: string[] = [];
    for (const name of ['alpha', 'beta', 'gamma']) {
      ids.push(await add({ name }));
      await knex('clusters')
        .where({ name })
        .update({ created_at: ids.length * 1000 });
    }
    const list = async (query: object) => {
      const { items, total } = await clusters.list({ ...everything, ...query });
      return { names: items.map(({ name }) => name), total };
    };
    await expect(list({ limit: 2 })).resolves.toEqual({
      names: ['gamma', 'beta'],
      total: 3,
    });
    await expect(list({ limit: 2, offset: 2 })).resolves.toEqual({
      names: ['alpha'],
      total: 3,
    });
    await expect(list({ search: 'ALP' })).resolves.toEqual({
      names: ['alpha'],
      total: 1,
    });
    await expect(list({ search: 'student-1' })).resolves.toMatchObject({
      total: 3,
    });
    for (const search of ['%', '_lpha', "a'; drop table clusters; --", '!']) {
      await expect(list({ search })).resolves.toEqual({ names: [], total: 0 });
    }
    await expect(list({ phase: 'ready' })).resolves.toMatchObject({ total: 0 });
  });

  it('lists those in one of several phases, page by page', async () => {
    const { add, clusters } = await setUp();
    for (const [name, phase] of [
      ['a', 'ready'],
      ['b', 'failed'],
      ['c', 'hibernated'],
      ['d', 'deleting'],
    ] as const)
      await clusters.update(await add({ name }), { phase });
    await clusters.markDeleted(await add({ name: 'e' }));
    const list = async (query: object) => {
      const { items, total } = await clusters.list({ ...everything, ...query });
      return { names: items.map(({ name }) => name).sort(), total };
    };
    const phases = ['ready', 'failed', 'deleted'];
    expect(await list({ phases })).toEqual({ names: ['a', 'b'], total: 2 });
    const pages = [
      await list({ phases, limit: 1 }),
      await list({ phases, limit: 1, offset: 1 }),
    ];
    expect(pages.map(({ total }) => total)).toEqual([2, 2]);
    expect(pages.flatMap(({ names }) => names).sort()).toEqual(['a', 'b']);
    expect(await list({ phases, phase: 'failed' })).toEqual({
      names: ['b'],
      total: 1,
    });
    expect(await list({ phases, phase: 'hibernated' })).toEqual({
      names: [],
      total: 0,
    });
    expect(await list({ phases, includeDeleted: true })).toEqual({
      names: ['a', 'b', 'e'],
      total: 3,
    });
    expect(await list({ phases: [] })).toEqual({ names: [], total: 0 });
  });

  it('filters in SQL as the rules do in memory', async () => {
    const { add, clusters } = await setUp();
    await add({ name: 'a' });
    await add({ name: 'b', owner: 'group:default/students' });
    await add({
      name: 'c',
      environment: 'distributed-systems-2026',
      environmentOwner: 'group:default/instructors',
    });
    const deleting = await add({ name: 'd' });
    await clusters.update(deleting, { phase: 'deleting' });

    const own = clusterConditions.isOwner({
      claims: ['user:default/student-1'],
    });
    const research = clusterConditions.inEnvironment({
      environments: ['research'],
    });
    const reserved = clusterConditions.hasPhase({ phases: ['reserved'] });
    const instructed = clusterConditions.inOwnedEnvironment({
      claims: ['group:default/instructors'],
    });
    const cases: Array<{
      conditions: PermissionCriteria<PermissionCondition<'kubesmith-cluster'>>;
      names: string[];
    }> = [
      { conditions: own, names: ['a', 'c', 'd'] },
      { conditions: clusterConditions.isOwner({ claims: [] }), names: [] },
      { conditions: { not: own }, names: ['b'] },
      { conditions: { allOf: [own, research] }, names: ['a', 'd'] },
      { conditions: { allOf: [own, research, reserved] }, names: ['a'] },
      { conditions: { anyOf: [instructed, { not: own }] }, names: ['b', 'c'] },
      {
        conditions: { not: { anyOf: [instructed, { not: reserved }] } },
        names: ['a', 'b'],
      },
    ];
    const rules = Object.values(clusterRules);
    const toFilter = createConditionTransformer<ClusterFilter, typeof rules>(
      rules,
    );
    const matches = createConditionAuthorizer(rules);
    const all = (await clusters.list(everything)).items;
    for (const { conditions, names } of cases) {
      const decision = createClusterConditionalDecision(
        clusterReadPermission,
        conditions,
      );
      const visible = toFilter(
        decision.conditions,
      ) as PermissionCriteria<ClusterFilter>;
      const { items, total } = await clusters.list({ ...everything, visible });
      expect(items.map(({ name }) => name).sort()).toEqual(names);
      expect(total).toBe(names.length);
      expect(
        all
          .filter(cluster => matches(decision, cluster))
          .map(({ name }) => name)
          .sort(),
      ).toEqual(names);
    }
  });
});
