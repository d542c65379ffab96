import { randomUUID } from 'node:crypto';
import type { OrderDraft } from '@kubesmith/plugin-kubesmith-common';
import { utils } from 'ssh2';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { orderService } from '../__testUtils__/orderService';
import { InMemoryHypervisor } from '../__testUtils__/doubles';
import { asOrderer } from '../__testUtils__/orderer';
import { DeletionService } from './DeletionService';
import { KUBECTL_KEY_SECRET, SSH_KEY_SECRET } from './clusterKeys';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const caller = asOrderer({
  userRef: 'user:default/student-1',
  claims: ['user:default/student-1', 'group:default/students'],
});
const draft: OrderDraft = {
  name: 'demo',
  environment: 'distributed-systems-2026',
  size: 'small',
  workers: 2,
};

describe.each(databases.eachSupportedId())('OrderService on %s', databaseId => {
  async function setUp() {
    const stores = await openStores(await databases.init(databaseId));
    const hypervisor = new InMemoryHypervisor();
    const { orders } = orderService(stores, hypervisor);
    const place = (
      change: OrderDraft = {},
      request: { requestKey?: string; taskId?: string } = {},
    ) =>
      orders.place(
        { ...draft, ...change },
        { caller, requestKey: randomUUID(), ...request },
      );
    return { ...stores, hypervisor, orders, place };
  }

  it('reserves everything that the cluster will need', async () => {
    const { clusters, operations, place, pools, secrets } = await setUp();

    const { clusterId, operationId } = await place(
      { reason: 'Exercise 3', kubernetesVersion: '1.35.9' },
      { taskId: 'task-1', requestKey: 'k1' },
    );

    await expect(clusters.get(clusterId)).resolves.toMatchObject({
      name: 'demo',
      owner: 'user:default/student-1',
      createdBy: 'user:default/student-1',
      environmentOwner: 'group:default/instructors',
      phase: 'reserved',
      vip: '10.40.19.201',
      spec: {
        size: 'small',
        controlPlanes: 1,
        workers: 2,
        kubernetesVersion: '1.35.9',
        cni: 'kube-router',
        reason: 'Exercise 3',
      },
    });
    const nodes = await clusters.nodes(clusterId);
    expect(nodes).toMatchObject([
      {
        name: 'demo-cp-1',
        ipAddress: '10.40.19.202',
        vmid: 20000,
        host: 'pve1',
      },
      {
        name: 'demo-w-1',
        ipAddress: '10.40.19.203',
        vmid: 20001,
        host: 'pve2',
      },
      {
        name: 'demo-w-2',
        ipAddress: '10.40.19.204',
        vmid: 20002,
        host: 'pve3',
      },
    ]);
    for (const unique of ['macAddress', 'smbiosUuid', 'id'] as const) {
      expect(new Set(nodes.map(node => node[unique])).size).toBe(3);
    }
    expect(nodes.every(node => node.operationId === operationId)).toBe(true);
    await expect(operations.get(operationId)).resolves.toMatchObject({
      kind: 'create',
      status: 'queued',
      taskId: 'task-1',
      initiator: 'user:default/student-1',
    });
    const [event] = await operations.events(operationId, {
      after: 0,
      limit: 9,
    });
    expect(event.message).toContain('demo-w-2 (10.40.19.204, machine 20002');
    await expect(pools.usage('lab')).resolves.toEqual({ total: 53, free: 49 });

    const keys = await Promise.all(
      [SSH_KEY_SECRET, KUBECTL_KEY_SECRET].map(name =>
        secrets.get(clusterId, name),
      ),
    );
    const parsed = keys.map(key => utils.parseKey(key!));
    expect(parsed).toMatchObject([
      { type: 'ssh-ed25519' },
      { type: 'ssh-ed25519' },
    ]);
    expect(keys[0]!.equals(keys[1]!)).toBe(false);
  });

  it('gives the same cluster for the same request, also when it comes many times at once', async () => {
    const { knex, place, pools } = await setUp();
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => place({}, { requestKey: 'k1' })),
    );
    answers.push(await place({ name: 'Not even valid' }, { requestKey: 'k1' }));
    expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1);
    expect(await knex('clusters')).toHaveLength(1);
    expect(await knex('operations')).toHaveLength(1);
    expect(await knex('nodes')).toHaveLength(3);
    await expect(pools.usage('lab')).resolves.toMatchObject({ free: 49 });
  });

  it('never gives a name, address, machine id or MAC twice when 64 order at once', async () => {
    const { knex, orders, pools } = await setUp();

    const results = await Promise.allSettled(
      Array.from({ length: 64 }, (_, index) =>
        orders.place(
          { ...draft, name: `c-${index % 40}`, workers: 0 },
          { caller, requestKey: `k-${index}` },
        ),
      ),
    );

    // 53 addresses are enough for 26 clusters of two.
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(
      26,
    );
    const refusals = results.flatMap(result =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({
        name: 'InputError',
        code: expect.stringMatching(
          /^KUBESMITH-(POOL-EXHAUSTED|NAME-TAKEN|REQUEST-INVALID)$/,
        ),
      });
    }
    const exhausted = refusals.flatMap(({ problems }) =>
      problems.filter(
        ({ code }: { code: string }) => code === 'KUBESMITH-POOL-EXHAUSTED',
      ),
    );
    expect(exhausted.length).toBeGreaterThan(0);
    expect(exhausted[0].message).toBe(
      "The address pool 'lab' has 1 free addresses; the order needs 2.",
    );
    const clusters = await knex('clusters');
    const nodes = await knex('nodes');
    const addresses = [
      ...clusters.map(({ vip }) => vip),
      ...nodes.map(({ ip_address }) => ip_address),
    ];
    expect(addresses).toHaveLength(52);
    expect(new Set(addresses).size).toBe(52);
    expect(new Set(nodes.map(({ vmid }) => vmid)).size).toBe(26);
    expect(new Set(nodes.map(({ mac_address }) => mac_address)).size).toBe(26);
    expect(new Set(clusters.map(({ name }) => name)).size).toBe(26);
    await expect(pools.usage('lab')).resolves.toEqual({ total: 53, free: 1 });
  });

  it('passes over machine ids that Proxmox has, also hidden ones', async () => {
    const { clusters, hypervisor, place } = await setUp();
    hypervisor.visible.add(20_000);
    hypervisor.hidden.add(20_001).add(20_003);
    const { clusterId } = await place();
    expect((await clusters.nodes(clusterId)).map(({ vmid }) => vmid)).toEqual([
      20_002, 20_004, 20_005,
    ]);
  });

  it('passes over addresses that machines of others have, and shows them as foreign', async () => {
    const { clusters, hypervisor, knex, place, pools } = await setUp();
    hypervisor.addresses = [
      { vmid: 500, addresses: ['10.40.19.201', '192.168.1.1'] },
      // Another Kubesmith on the same Proxmox.
      { vmid: 501, clusterId: randomUUID(), addresses: ['10.40.19.203'] },
    ];
    const { clusterId } = await place();
    const { vip } = (await clusters.get(clusterId))!;
    const nodes = await clusters.nodes(clusterId);
    expect([vip, ...nodes.map(({ ipAddress }) => ipAddress)]).toEqual([
      '10.40.19.204',
      '10.40.19.205',
      '10.40.19.206',
      '10.40.19.207',
    ]);
    await expect(pools.usage('lab')).resolves.toEqual({ total: 53, free: 47 });
    expect(await knex('ip_addresses').where({ state: 'foreign' })).toHaveLength(
      2,
    );
  });

  it('takes no machine of its own clusters for one of others, also when it is just being removed', async () => {
    const { clusters, hypervisor, knex, place } = await setUp();
    const { clusterId } = await place();
    const [node] = await clusters.nodes(clusterId);
    hypervisor.addresses = [
      { vmid: node.vmid, clusterId, addresses: [node.ipAddress] },
      { vmid: 777, clusterId, addresses: ['10.40.19.240'] },
    ];
    await place({ name: 'second' });
    expect(await knex('ip_addresses').where({ state: 'foreign' })).toEqual([]);
  });

  it('takes orders although the addresses of others cannot be read', async () => {
    const { hypervisor, place } = await setUp();
    hypervisor.addressesInUse = async () => {
      throw new Error('500');
    };
    await expect(place()).resolves.toHaveProperty('clusterId');
  });

  it('uses only hosts of the environment that are online', async () => {
    const { clusters, hypervisor, place } = await setUp();
    hypervisor.online = ['pve2'];
    const { clusterId } = await place();
    expect((await clusters.nodes(clusterId)).map(({ host }) => host)).toEqual([
      'pve2',
      'pve2',
      'pve2',
    ]);
  });

  it.each<[string, (hypervisor: InMemoryHypervisor) => void, string]>([
    [
      'does not answer',
      h => (h.down = true),
      'KUBESMITH-HYPERVISOR-UNREACHABLE',
    ],
    ['has no host online', h => (h.online = []), 'KUBESMITH-NO-HOST'],
  ])('reserves nothing when Proxmox %s', async (_, change, code) => {
    const { hypervisor, knex, place, pools } = await setUp();
    change(hypervisor);
    await expect(place()).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
      code,
    });
    expect(await knex('clusters')).toEqual([]);
    await expect(pools.usage('lab')).resolves.toMatchObject({ free: 53 });
  });

  it('asks again after Proxmox did not answer', async () => {
    const { hypervisor, place } = await setUp();
    hypervisor.down = true;
    await expect(place()).rejects.toThrow();
    hypervisor.down = false;
    await expect(place()).resolves.toHaveProperty('clusterId');
  });

  it('says when the machine ids run out, and takes back the addresses', async () => {
    const { hypervisor, place, pools } = await setUp();
    for (let vmid = 20_000; vmid <= 20_197; vmid++) {
      hypervisor.visible.add(vmid);
    }
    await expect(place()).rejects.toMatchObject({
      code: 'KUBESMITH-VMIDS-EXHAUSTED',
      problems: [
        { field: 'workers', message: expect.stringContaining('has 2 free') },
      ],
    });
    await expect(pools.usage('lab')).resolves.toMatchObject({ free: 53 });
  });

  it('answers all problems of an order that is wrong', async () => {
    const { knex, orders, place } = await setUp();
    const wrong = { name: 'Bad', size: 'huge', workers: 77 };
    const { problems } = await orders.check({ ...draft, ...wrong }, caller);
    expect(problems.map(({ field }) => field)).toEqual([
      'name',
      'size',
      'workers',
    ]);
    await expect(place(wrong)).rejects.toMatchObject({
      name: 'InputError',
      code: 'KUBESMITH-REQUEST-INVALID',
      problems,
    });
    expect(await knex('clusters')).toEqual([]);
  });

  it('deletes at any time, once', async () => {
    const { clusters, knex, operations, place } = await setUp();
    const deletions = new DeletionService({ clusters, knex, operations });
    const { clusterId, operationId } = await place();
    const request = { clusterId, initiator: caller.userRef, reason: 'done' };

    const answers = await Promise.all(
      Array.from({ length: 8 }, () => deletions.request(request)),
    );

    expect(new Set(answers).size).toBe(1);
    await expect(clusters.get(clusterId)).resolves.toMatchObject({
      phase: 'deleting',
    });
    await expect(operations.get(operationId)).resolves.toMatchObject({
      cancelRequestedAt: expect.any(Number),
    });
    await expect(operations.list(clusterId)).resolves.toMatchObject([
      { id: answers[0], kind: 'delete', status: 'queued' },
      { id: operationId, kind: 'create' },
    ]);

    await clusters.markDeleted(clusterId);
    await knex('operations')
      .where({ id: answers[0] })
      .update({ status: 'succeeded' });
    await expect(deletions.request(request)).resolves.toBe(answers[0]);
    await expect(clusters.get(clusterId)).resolves.toMatchObject({
      phase: 'deleted',
    });
  });

  it('goes on with a deletion that failed', async () => {
    const { clusters, knex, operations, place } = await setUp();
    const deletions = new DeletionService({ clusters, knex, operations });
    const { clusterId } = await place();
    const request = { clusterId, initiator: caller.userRef };
    const id = await deletions.request(request);
    await knex('operations').where({ id }).update({ status: 'failed' });

    await expect(deletions.request(request)).resolves.toBe(id);

    await expect(operations.get(id)).resolves.toMatchObject({
      status: 'queued',
    });
  });
});
