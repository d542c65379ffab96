import { randomUUID } from 'node:crypto';
import type {
  OrderDraft,
  QuotaLimits,
} from '@kubesmith/plugin-kubesmith-common';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { orderService } from '../__testUtils__/orderService';
import { InMemoryHypervisor } from '../__testUtils__/doubles';
import { asOrderer } from '../__testUtils__/orderer';
import { claimsOfPerson, people } from '../__testUtils__/people';
import type { QuotaKey } from './QuotaStore';
import { overview } from './overview';
import { readUse, readUseByPerson } from './readUse';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const COURSE = 'distributed-systems-2026';
const { admin, student1, student2 } = people;
const STUDENTS = 'group:default/students';

const orderer = (userRef: string) =>
  asOrderer({ userRef, claims: claimsOfPerson(userRef) });
/** May order for everybody. */
const administrator = { ...orderer(admin), mayOrder: () => true };

describe.each(databases.eachSupportedId())('Quotas on %s', databaseId => {
  async function setUp() {
    const stores = await openStores(await databases.init(databaseId));
    const hypervisor = new InMemoryHypervisor();
    const { orders } = orderService(stores, hypervisor);
    let count = 0;
    const draft = (change: OrderDraft = {}): OrderDraft => {
      count += 1;
      return {
        name: `demo-${count}`,
        environment: COURSE,
        size: 'small',
        workers: 1,
        ...change,
      };
    };
    const place = (caller = orderer(student1), change: OrderDraft = {}) =>
      orders.place(draft(change), { caller, requestKey: randomUUID() });
    const limit = (
      limits: QuotaLimits,
      key: Partial<QuotaKey> = { scope: 'environment' },
    ) =>
      stores.quotaStore.put(
        { environment: COURSE, scope: 'environment', ...key },
        limits,
        admin,
      );
    return { ...stores, draft, hypervisor, limit, orders, place };
  }

  const refusal = (values: string) => ({
    code: 'KUBESMITH-QUOTA-EXCEEDED',
    message: expect.stringContaining(values),
  });

  it('counts what living clusters use until they are proven gone', async () => {
    const { clusters, knex, place } = await setUp();
    const { clusterId } = await place();
    await place(orderer(student2), { workers: 0 });
    const both = {
      clusters: 2,
      nodes: 3,
      vcpu: 6,
      memoryMiB: 3 * 4096,
      diskGiB: 60,
      addresses: 5,
    };
    const environment = COURSE;
    expect(await readUse(knex, { environment })).toEqual(both);
    expect(await readUse(knex, { environment: 'research' })).toEqual({
      clusters: 0,
      nodes: 0,
      vcpu: 0,
      memoryMiB: 0,
      diskGiB: 0,
      addresses: 0,
    });
    expect(await readUse(knex, { environment, person: student2 })).toEqual({
      clusters: 1,
      nodes: 1,
      vcpu: 2,
      memoryMiB: 4096,
      diskGiB: 20,
      addresses: 2,
    });
    await clusters.update(clusterId, { phase: 'deleting' });
    expect(await readUse(knex, { environment })).toEqual(both);
    await clusters.markDeleted(clusterId);
    expect(await readUse(knex, { environment })).toMatchObject({
      clusters: 1,
      nodes: 1,
      addresses: 2,
    });
  });

  it('counts disks and addresses of a hibernated cluster, but neither vCPU nor memory', async () => {
    const { knex, place } = await setUp();
    const { clusterId } = await place();
    await knex('clusters')
      .where({ id: clusterId })
      .update({ phase: 'hibernated' });
    expect(await readUse(knex, { environment: COURSE })).toEqual({
      clusters: 1,
      nodes: 2,
      vcpu: 0,
      memoryMiB: 0,
      diskGiB: 40,
      addresses: 3,
    });
  });

  it('asks Proxmox nothing about an order that goes beyond a quota', async () => {
    const { hypervisor, limit, place } = await setUp();
    hypervisor.down = true;
    await limit({ clusters: 0 });
    await expect(place()).rejects.toMatchObject({
      problems: [refusal('has 0 of 0 clusters left')],
    });
  });

  it.each([
    [{ clusters: 0 }, 'has 0 of 0 clusters left; the order needs 1'],
    [{ nodes: 1 }, 'has 1 of 1 nodes left; the order needs 2'],
    [{ vcpu: 3 }, 'has 3 of 3 vCPU left; the order needs 4'],
    [
      { memoryMiB: 7680 },
      'has 7.5 of 7.5 GiB of memory left; the order needs 8',
    ],
    [{ diskGiB: 39 }, 'has 39 of 39 GiB of disk left; the order needs 40'],
    [{ addresses: 2 }, 'has 2 of 2 addresses left; the order needs 3'],
  ])(
    'refuses what goes beyond %j, names the quota and whom to ask, and takes nothing',
    async (limits, text) => {
      const { knex, limit, pools, place } = await setUp();
      await limit(limits);
      await expect(place()).rejects.toMatchObject(
        refusal(
          `The quota of the environment Distributed Systems 2026 ${text}`,
        ),
      );
      await expect(place()).rejects.toThrow('ask instructors');
      expect(await knex('clusters')).toEqual([]);
      expect(await pools.usage('lab')).toEqual({ total: 53, free: 53 });
    },
  );

  it('allows exactly as much as the limit says', async () => {
    const { limit, place } = await setUp();
    await limit({ clusters: 1, nodes: 2, vcpu: 4, addresses: 3 });
    await place();
    await expect(
      place(orderer(student2), { workers: 0 }),
    ).rejects.toMatchObject({
      problems: [
        expect.objectContaining({ field: 'environment' }),
        ...Array(3).fill(expect.objectContaining({ field: 'workers' })),
      ],
    });
  });

  it('applies to the group that the cluster belongs to', async () => {
    const { limit, place } = await setUp();
    await limit({ clusters: 1 }, { scope: 'group', subject: STUDENTS });
    await place(orderer(student1), { owner: STUDENTS });
    await expect(
      place(orderer(student2), { owner: STUDENTS }),
    ).rejects.toMatchObject(
      refusal('the group students in Distributed Systems 2026'),
    );
    await place(orderer(student2));
  });

  it('applies to each person, and counts what a person ordered for a group', async () => {
    const { knex, limit, place } = await setUp();
    await limit({ clusters: 1 }, { scope: 'each-person' });
    await place(orderer(student1), { owner: STUDENTS });
    await expect(place(orderer(student1))).rejects.toMatchObject(
      refusal('each person in Distributed Systems 2026 has 0 of 1 clusters'),
    );
    await place(orderer(student2));
    // What is ordered for another person counts for that person only.
    await expect(
      place(administrator, { owner: student2 }),
    ).rejects.toMatchObject(refusal('each person'));
    await place(administrator);
    expect(
      [...(await readUseByPerson(knex, COURSE))].map(([person, use]) => [
        person,
        use.clusters,
      ]),
    ).toEqual(
      expect.arrayContaining([
        [student1, 1],
        [student2, 1],
        [admin, 1],
      ]),
    );
  });

  it('applies to each member of a group, also when another person orders for a member', async () => {
    const { limit, place } = await setUp();
    await limit({ nodes: 2 }, { scope: 'each-member', subject: STUDENTS });
    await place(orderer(student1));
    await expect(place(orderer(student1))).rejects.toMatchObject(
      refusal('each member of students in'),
    );
    await place(orderer(student2));
    await expect(
      place(administrator, { owner: student1 }),
    ).rejects.toMatchObject(refusal('each member'));
    await place(administrator, { workers: 5 });
  });

  it('applies to one person, beside the others: all must hold', async () => {
    const { limit, place } = await setUp();
    await limit({ vcpu: 4 }, { scope: 'person', subject: student1 });
    await limit({ vcpu: 8 }, { scope: 'environment' });
    await place(orderer(student1));
    await expect(place(orderer(student1))).rejects.toMatchObject(
      refusal('student-1 in Distributed Systems 2026 has 0 of 4 vCPU'),
    );
    await place(orderer(student2));
    await expect(
      place(orderer(student2), { workers: 0 }),
    ).rejects.toMatchObject(refusal('the environment'));
  });

  it('blocks growth after it was lowered, and breaks nothing', async () => {
    const { clusters, limit, place, quotaStore } = await setUp();
    const first = await limit({ clusters: 5 });
    const { clusterId } = await place();
    await place();
    const second = await limit({ clusters: 1 });
    expect(second.id).toBe(first.id);
    expect(await quotaStore.list()).toHaveLength(1);
    await expect(place()).rejects.toMatchObject(
      refusal('has 0 of 1 clusters left'),
    );
    expect((await clusters.get(clusterId))?.phase).toBe('reserved');
    await clusters.markDeleted(clusterId);
    await expect(place()).rejects.toMatchObject(refusal('0 of 1'));
  });

  it('shortens the lease to the shortest that a quota allows', async () => {
    const { clusters, limit, place } = await setUp();
    await limit({ leaseDays: 30 });
    await limit({ leaseDays: 7 }, { scope: 'person', subject: student1 });
    const days = async (caller: ReturnType<typeof orderer>) => {
      const { clusterId } = await place(caller);
      const { createdAt, expiresAt } = (await clusters.get(clusterId))!;
      return (expiresAt - createdAt) / (24 * 3_600_000);
    };
    expect(await days(orderer(student1))).toBe(7);
    expect(await days(orderer(student2))).toBe(30);
  });

  it('says beforehand what an order would use up, as far as it is filled in', async () => {
    const { draft, limit, orders, place } = await setUp();
    await limit({ clusters: 2, vcpu: 8 }, { scope: 'each-person' });
    await limit({ clusters: 9 }, { scope: 'group', subject: STUDENTS });
    await place();
    const check = async (change: OrderDraft) =>
      orders.check(draft(change), orderer(student1));
    const { problems, quotas } = await check({ workers: 0 });
    expect(problems).toEqual([]);
    expect(quotas.map(({ standings }) => standings)).toEqual([
      [
        { resource: 'clusters', limit: 2, use: 1, needed: 1 },
        { resource: 'vcpu', limit: 8, use: 4, needed: 2 },
      ],
    ]);
    expect((await check({ workers: 2 })).problems).toMatchObject([
      { field: 'workers', code: 'KUBESMITH-QUOTA-EXCEEDED' },
    ]);
    const early = await check({ size: undefined, workers: undefined });
    expect(early.quotas[0].standings).toMatchObject([
      { needed: 1 },
      { needed: 0 },
    ]);
    expect((await check({ owner: STUDENTS })).quotas).toHaveLength(2);
    // What is not the caller's to choose says nothing about other people's use.
    expect((await check({ owner: student2 })).quotas).toEqual([]);
    expect((await check({ environment: 'research' })).quotas).toEqual([]);
  });

  it('gives exactly three to 16 orders at once, from two pools too', async () => {
    const { environments, knex, limit, place } = await setUp();
    expect(await environments.current()).toHaveLength(2);
    await limit({ clusters: 3 }, { scope: 'each-person' });
    const answers = await Promise.allSettled(
      Array.from({ length: 16 }, () => place()),
    );
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(13);
    for (const answer of refused) {
      expect((answer as PromiseRejectedResult).reason).toMatchObject(
        refusal('has 0 of 3 clusters left'),
      );
    }
    expect(await knex('clusters')).toHaveLength(3);
  });

  it('lists who is nearest to a limit first', async () => {
    const { knex, limit, place, quotaStore } = await setUp();
    await limit(
      { clusters: 4, vcpu: 100 },
      { scope: 'each-member', subject: STUDENTS },
    );
    await limit({ clusters: 9 });
    await place(orderer(student1));
    await place(orderer(student2));
    await place(orderer(student2));
    await place(administrator);
    const quotas = await quotaStore.list([COURSE]);
    const uses = await overview(quotas, {
      knex,
      people: { membersOf: async () => new Set([student1, student2]) },
    });
    const [each, whole] = quotas.map(({ scope }, index) => ({
      scope,
      uses: uses[index].map(({ person, clusters }) => ({ person, clusters })),
    }));
    expect(each).toEqual({
      scope: 'each-member',
      uses: [
        { person: student2, clusters: 2 },
        { person: student1, clusters: 1 },
      ],
    });
    expect(whole.uses).toEqual([{ person: undefined, clusters: 4 }]);
  });
});
