import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { installEngine } from './__testUtils__/communityRbac/installEngine';
import {
  type Asker,
  type Portal,
  asPerson,
  startPortal,
  until,
} from './__testUtils__/matrix/startPortal';

jest.setTimeout(10 * 60_000);

const COURSE = 'distributed-systems-2026';
const RESEARCH = 'research';
const file = (name: string) =>
  join(__dirname, '__testUtils__', 'communityRbac', name);

const [admin, instructor, student, neighbour, researcher, viewer, stranger] = [
  'admin',
  'instructor',
  'student-1',
  'student-2',
  'researcher',
  'viewer',
  'stranger',
].map(name => asPerson(`user:default/${name}`));

/**
 * A portal that already has the community RBAC engine and adds Kubesmith: our permissions, and our rules in its conditions. The
 * engine is the real one, as a registry gives it; the portal is the matrix's.
 */
describe('with the community RBAC engine', () => {
  let portal: Portal;
  const ids: Record<string, string> = {};

  const clusters = (who: Asker) =>
    portal.call(who, 'get', '/kubesmith/v1/clusters');
  const names = async (who: Asker) => {
    const { body } = await clusters(who);
    expect(body.total).toBe(body.items.length);
    return (body.items as { name: string }[]).map(({ name }) => name).sort();
  };
  const get = async (who: Asker, name: string) =>
    (await portal.call(who, 'get', `/kubesmith/v1/clusters/${ids[name]}`))
      .status;
  const order = (who: Asker, change: object) =>
    portal.call(who, 'post', '/kubesmith/v1/clusters', {
      requestId: randomUUID(),
      environment: COURSE,
      size: 'small',
      workers: 0,
      ...change,
    });
  const remove = async (who: Asker, name: string) =>
    (
      await portal.call(
        who,
        'post',
        `/kubesmith/v1/clusters/${ids[name]}/delete`,
        { requestId: randomUUID() },
      )
    ).status;

  beforeAll(async () => {
    portal = await startPortal({
      engine: await installEngine(),
      permission: {
        rbac: {
          admin: { users: [{ name: 'group:default/administrators' }] },
          'policies-csv-file': file('roles.csv'),
          conditionalPoliciesFile: file('conditions.yaml'),
          policyDecisionPrecedence: 'basic',
          pluginsWithPermission: ['catalog', 'kubesmith', 'permission'],
        },
      },
      config: {
        backend: {
          baseUrl: 'http://localhost:0',
          database: { client: 'better-sqlite3', connection: ':memory:' },
        },
      },
    });
    for (const [name, environment, owner] of [
      ['own', COURSE, 'user:default/student-1'],
      ['group', COURSE, 'group:default/students'],
      ['neighbours', COURSE, 'user:default/student-2'],
      ['leads', COURSE, 'group:default/instructors'],
      ['elsewhere', RESEARCH, 'user:default/researcher'],
    ]) {
      const { body } = await order(admin, { name, environment, owner });
      if (!body.cluster) throw new Error(JSON.stringify(body));
      ids[name] = body.cluster.id;
    }
  });

  afterAll(() => portal?.stop());

  it('lists what the conditions let each see', async () => {
    const all = ['elsewhere', 'group', 'leads', 'neighbours', 'own'];
    expect(await names(admin)).toEqual(all);
    expect(await names(viewer)).toEqual(all);
    expect(await names(student)).toEqual(['group', 'own']);
    expect(await names(neighbour)).toEqual(['group', 'neighbours']);
    expect(await names(instructor)).toEqual([
      'group',
      'leads',
      'neighbours',
      'own',
    ]);
    expect(await names(researcher)).toEqual([]);
    expect(await names(stranger)).toEqual([]);
  });

  it('answers the same about one cluster, and hides what one may not see', async () => {
    expect(await get(student, 'own')).toBe(200);
    expect(await get(student, 'leads')).toBe(404);
    expect(await get(instructor, 'own')).toBe(200);
    expect(await get(instructor, 'elsewhere')).toBe(404);
    expect(await get(viewer, 'elsewhere')).toBe(200);
    expect(await get(stranger, 'own')).toBe(404);
    const { body } = await clusters(student);
    const own = body.items.find(({ name }: any) => name === 'own');
    expect(own.can).toMatchObject({ delete: true, share: false });
  });

  it('takes orders for whom and where the conditions say', async () => {
    expect((await order(student, { name: 'mine' })).status).toBe(201);
    for (const refused of [
      { environment: RESEARCH },
      { owner: 'user:default/student-2' },
    ])
      expect(
        (await order(student, { name: 'not-mine', ...refused })).status,
      ).toBe(400);
    expect((await order(stranger, { name: 'strangers' })).status).toBe(403);
    expect((await order(viewer, { name: 'viewers' })).status).toBe(403);
    expect(await names(student)).toEqual(['group', 'mine', 'own']);
  });

  it('lets nobody delete but whom the conditions name', async () => {
    expect(await remove(student, 'neighbours')).toBe(404);
    expect(await remove(instructor, 'neighbours')).toBe(403);
    expect(await remove(viewer, 'own')).toBe(403);
    expect(await remove(instructor, 'leads')).toBeLessThan(300);
    expect(await remove(student, 'own')).toBeLessThan(300);
  });

  it('shows the same in the catalog', async () => {
    await portal.refresh();
    const seen = async (who: Asker) => {
      const { body } = await portal.call(
        who,
        'get',
        '/catalog/entities/by-query?filter=kind=resource',
      );
      return (body.items as { metadata: { name: string } }[])
        .map(({ metadata }) => metadata.name.split('.')[1])
        .sort();
    };
    const expected = String(await names(student));
    await until(
      async () => String(await seen(student)) === expected,
      `${expected} in the catalog`,
    );
    expect(await seen(neighbour)).toEqual(await names(neighbour));
    expect(await seen(stranger)).toEqual([]);
  });

  it('says of what acts for people who are not there that it is not available', async () => {
    const token = await portal.call(student, 'post', '/kubesmith/v1/tokens', {
      name: 'script',
      scope: 'read',
    });
    expect([token.status, token.body.error?.code]).toEqual([
      501,
      'KUBESMITH-POLICY-ENGINE-OTHER',
    ]);

    const limits = await portal.call(
      admin,
      'post',
      '/kubesmith/v1/approval-limits',
      { environment: COURSE, limits: { clustersPerPerson: 0 } },
    );
    expect(limits.status).toBe(200);
    const { body, status } = await order(student, { name: 'waits' });
    expect(status).toBe(202);
    const approval = await portal.call(
      admin,
      'post',
      `/kubesmith/v1/order-requests/${body.orderRequest.id}/approve`,
      {},
    );
    expect([approval.status, approval.body.error?.code]).toEqual([
      501,
      'KUBESMITH-POLICY-ENGINE-OTHER',
    ]);
    const policies = await portal.call(
      admin,
      'get',
      '/permission/kubesmith/policies',
    );
    expect(policies.status).toBe(404);
  });

  it('shows the engine our permissions, rules and their parameters', async () => {
    const rules = await portal.call(
      admin,
      'get',
      '/permission/plugins/condition-rules',
    );
    expect(rules.status).toBe(200);
    const ours = rules.body.find((each: any) => each.pluginId === 'kubesmith');
    expect(ours.rules.map(({ name }: any) => name).sort()).toEqual(
      expect.arrayContaining([
        'IN_ENVIRONMENT',
        'IN_MEMBER_ENVIRONMENT',
        'IS_NAMED',
        'IS_OWNER',
        'IS_SHARED_WITH',
      ]),
    );
  });
});
