import { randomUUID } from 'node:crypto';
import { createTestDatabases } from '../__testUtils__/databases';
import {
  as,
  asPlugin,
  people,
  startKubesmith,
} from '../__testUtils__/startKubesmith';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const { admin, instructor, researcher, stranger, student1, student2 } = people;
const COURSE = 'distributed-systems-2026';
const STUDENTS = 'group:default/students';

describe.each(databases.eachSupportedId())('/v1/quotas on %s', databaseId => {
  let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;

  beforeEach(async () => {
    kubesmith = await startKubesmith(await databases.init(databaseId));
  });
  afterEach(() => kubesmith.backend.stop());

  const put = (who: string, change: object = {}) =>
    kubesmith.post('/v1/quotas', as(who), {
      environment: COURSE,
      scope: 'environment',
      limits: { clusters: 3, memoryMiB: 65_536 },
      ...change,
    });
  const order = (who: string, name = 'demo') =>
    kubesmith.post('/v1/clusters', as(who), {
      requestId: randomUUID(),
      name,
      environment: COURSE,
      size: 'small',
      workers: 1,
    });
  const list = async (who: string, path = '/v1/quotas') =>
    (await kubesmith.get(path, as(who)).expect(200)).body;

  it('are set by who runs the environment, listed with what is used, and taken away', async () => {
    await order(student1).expect(201);
    const { body: quota } = await put(instructor).expect(200);
    expect(quota).toMatchObject({
      environment: COURSE,
      scope: 'environment',
      title: 'the environment Distributed Systems 2026',
      limits: { clusters: 3, memoryMiB: 65_536 },
      updatedBy: instructor,
      uses: [
        {
          clusters: 1,
          nodes: 2,
          vcpu: 4,
          memoryMiB: 8192,
          diskGiB: 40,
          addresses: 3,
        },
      ],
    });
    expect(await list(instructor)).toEqual({
      items: [quota],
      environments: [COURSE],
    });
    expect((await list(admin)).environments).toEqual([COURSE, 'research']);
    expect(await list(admin, '/v1/quotas?environment=research')).toEqual({
      items: [],
      environments: [COURSE, 'research'],
    });

    const again = await put(admin, { limits: { clusters: 1 } }).expect(200);
    expect(again.body).toMatchObject({
      id: quota.id,
      limits: { clusters: 1 },
      updatedBy: admin,
    });
    const refused = await order(student2, 'other').expect(400);
    expect(refused.body.error.code).toBe('KUBESMITH-QUOTA-EXCEEDED');

    await kubesmith
      .post(`/v1/quotas/${quota.id}/delete`, as(instructor))
      .expect(200);
    expect((await list(instructor)).items).toEqual([]);
    await order(student2, 'other').expect(201);
    const { items } = await list(admin, '/v1/audit?action=quota.put');
    expect(items.map((entry: any) => [entry.actor, entry.outcome])).toEqual([
      [admin, 'done'],
      [instructor, 'done'],
    ]);
    expect(items[0]).toMatchObject({
      environment: COURSE,
      detail: { scope: 'environment', limits: { clusters: 1 } },
    });
    expect(
      (await list(admin, '/v1/audit?action=quota.delete')).items,
    ).toHaveLength(1);
  });

  it.each([student1, researcher, stranger])(
    'cannot be changed or seen by %s, who does not run the environment',
    async who => {
      const { body: quota } = await put(instructor).expect(200);
      expect((await list(who)).items).toEqual([]);
      const { body } = await put(who).expect(400);
      expect(body.error).toMatchObject({
        code: 'KUBESMITH-ENVIRONMENT-NOT-MANAGED',
        problems: [{ field: 'environment' }],
      });
      const gone = await kubesmith
        .post(`/v1/quotas/${quota.id}/delete`, as(who))
        .expect(404);
      const none = await kubesmith
        .post(`/v1/quotas/${randomUUID()}/delete`, as(who))
        .expect(404);
      const shape = (text: string) => text.replace(/'[^']*'/, '');
      expect(shape(gone.body.error.message)).toBe(
        shape(none.body.error.message),
      );
      expect((await list(instructor)).items).toEqual([quota]);
    },
  );

  it.each([
    [{ environment: 'nowhere' }, 'environment', 'ENVIRONMENT-NOT-MANAGED'],
    [{ scope: 'everybody' }, 'scope', 'FIELD-INVALID'],
    [{ limits: { vcpu: -1 } }, 'limits.vcpu', 'FIELD-INVALID'],
    [{ limits: { vcpu: 1e9 } }, 'limits.vcpu', 'FIELD-INVALID'],
    [{ limits: { vcpu: 1.5 } }, 'limits.vcpu', 'FIELD-INVALID'],
    [{ limits: { vcpu: '8' } }, 'limits.vcpu', 'FIELD-INVALID'],
    [{ limits: { leaseDays: 0 } }, 'limits.leaseDays', 'FIELD-INVALID'],
    [{ limits: { gpus: 1 } }, 'limits.gpus', 'FIELD-UNKNOWN'],
    [{ limits: {} }, 'limits', 'FIELD-INVALID'],
    [{ subject: STUDENTS }, 'subject', 'QUOTA-SUBJECT'],
    [{ scope: 'group' }, 'subject', 'QUOTA-SUBJECT'],
    [{ scope: 'group', subject: student1 }, 'subject', 'QUOTA-SUBJECT'],
    [{ scope: 'person', subject: STUDENTS }, 'subject', 'QUOTA-SUBJECT'],
    [{ scope: 'each-member', subject: 'x' }, 'subject', 'QUOTA-SUBJECT'],
    [
      { scope: 'group', subject: 'group:default/nobody' },
      'subject',
      'SUBJECT-UNKNOWN',
    ],
    [
      { scope: 'person', subject: 'user:default/nobody' },
      'subject',
      'SUBJECT-UNKNOWN',
    ],
  ])(
    'refuses %j at the field %s, and saves nothing',
    async (change, field, code) => {
      const { body } = await put(instructor, change).expect(400);
      expect(body.error.problems).toEqual([
        expect.objectContaining({ field, code: `KUBESMITH-${code}` }),
      ]);
      expect((await list(instructor)).items).toEqual([]);
    },
  );

  it('says to everybody what applies to them, and to nobody what applies to others', async () => {
    await put(instructor, { scope: 'group', subject: STUDENTS });
    await put(instructor, {
      scope: 'each-member',
      subject: 'Group:Default/Students',
      limits: { vcpu: 8, leaseDays: 7 },
    }).expect(200);
    await put(instructor, { scope: 'person', subject: student2 });
    await order(student1);
    const mine = await list(student1, '/v1/quotas/mine');
    expect(mine.items).toEqual([
      {
        id: expect.any(String),
        environment: COURSE,
        scope: 'each-member',
        subject: STUDENTS,
        title:
          'each member of Students of the course in Distributed Systems 2026',
        leaseDays: 7,
        limits: [{ resource: 'vcpu', limit: 8, use: 4, after: 4 }],
      },
      expect.objectContaining({
        scope: 'group',
        limits: [
          { resource: 'clusters', limit: 3, use: 0, after: 0 },
          { resource: 'memoryMiB', limit: 65_536, use: 0, after: 0 },
        ],
      }),
    ]);
    expect((await list(student2, '/v1/quotas/mine')).items).toHaveLength(3);
    expect((await list(researcher, '/v1/quotas/mine')).items).toEqual([]);
    await kubesmith.get('/v1/quotas/mine', asPlugin('scaffolder')).expect(403);
  });

  it('are told by the check of an order: use, limit, and what it would be afterwards', async () => {
    await put(instructor, { scope: 'each-person', limits: { vcpu: 6 } });
    await order(student1).expect(201);
    const check = async (workers: number) =>
      (
        await kubesmith
          .post('/v1/orders/check', as(student1), {
            name: 'second',
            environment: COURSE,
            size: 'small',
            workers,
          })
          .expect(200)
      ).body;
    expect(await check(0)).toMatchObject({
      problems: [],
      quotas: [{ limits: [{ resource: 'vcpu', limit: 6, use: 4, after: 6 }] }],
    });
    expect(await check(1)).toMatchObject({
      problems: [
        {
          field: 'workers',
          code: 'KUBESMITH-QUOTA-EXCEEDED',
          message:
            'The quota of each person in Distributed Systems 2026 has 2 of 6 vCPU left; the order needs 4.',
        },
      ],
      quotas: [{ limits: [{ after: 8 }] }],
    });
  });
});
