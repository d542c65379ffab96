import { setTimeout as delay } from 'node:timers/promises';
import type { GrantRole } from '@kubesmith/plugin-kubesmith-common';
import { createTestDatabases } from '../__testUtils__/databases';
import { as, people, startKubesmith } from '../__testUtils__/startKubesmith';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const { student1, student2, instructor, researcher, stranger } = people;
const IN_A_DAY = () => new Date(Date.now() + 24 * 3_600_000).toISOString();

describe.each(databases.eachSupportedId())('shares on %s', databaseId => {
  let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;
  let clusterId: string;

  beforeEach(async () => {
    kubesmith = await startKubesmith(await databases.init(databaseId));
    const { body } = await kubesmith.post('/v1/clusters', as(student1), {
      requestId: 'request-1',
      name: 'demo',
      environment: 'distributed-systems-2026',
      size: 'small',
      workers: 0,
    });
    clusterId = body.cluster.id;
    const { clusters } = kubesmith.stores;
    await clusters.update(clusterId, { apiServerCa: 'PEM' });
    await clusters.markReady(clusterId);
  });
  afterEach(() => kubesmith.backend.stop());

  const share = (user: string, wish: object) =>
    kubesmith.post(`/v1/clusters/${clusterId}/shares`, as(user), {
      subject: researcher,
      role: 'viewer',
      until: IN_A_DAY(),
      ...wish,
    });
  const get = (path: string, user: string) =>
    kubesmith.get(`/v1/clusters${path}`, as(user));
  const issue = (user: string, role: GrantRole, namespaces?: string[]) =>
    kubesmith.post(`/v1/clusters/${clusterId}/grants`, as(user), {
      role,
      namespaces,
    });

  it('show a cluster to the person, up to the role, and not to others', async () => {
    expect((await get(`/${clusterId}`, researcher)).status).toBe(404);
    const { status, body } = await share(student1, { role: 'editor' });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      clusterId,
      subject: researcher,
      role: 'editor',
      createdBy: student1,
    });

    const seen = await get(`/${clusterId}`, researcher);
    expect(seen.body).toMatchObject({
      sharedWith: [{ subject: researcher, role: 'editor' }],
      can: { access: true, role: 'editor', share: false, delete: false },
    });
    expect((await get('', researcher)).body.total).toBe(1);
    expect((await get('', stranger)).body.total).toBe(0);
    expect((await get(`/${clusterId}/shares`, researcher)).body.items).toEqual([
      body,
    ]);
    expect(
      (await get(`/${clusterId}/grants/options`, researcher)).body.roles,
    ).toEqual([{ role: 'viewer' }, { role: 'editor' }]);
    expect((await issue(researcher, 'editor')).status).toBe(201);
    expect((await issue(researcher, 'administrator')).status).toBe(403);
  });

  it('reach the members of a group, and end for all of them', async () => {
    const { body } = await share(student1, {
      subject: 'Group:default/Researchers',
    });
    expect(body.subject).toBe('group:default/researchers');
    expect((await get(`/${clusterId}`, researcher)).status).toBe(200);
    const ended = await kubesmith.post(
      `/v1/shares/${body.id}/end`,
      as(student1),
    );
    expect(ended.body).toMatchObject({
      endedAt: expect.any(String),
      endedBy: student1,
    });
    expect((await get(`/${clusterId}`, researcher)).status).toBe(404);
    expect((await get(`/${clusterId}/shares`, student1)).body.items).toEqual(
      [],
    );
    expect((await get('', researcher)).body.total).toBe(0);
  });

  it('end with their time', async () => {
    const until = new Date(Date.now() + 1500).toISOString();
    const { body } = await share(student1, { until });
    expect((await get(`/${clusterId}`, researcher)).status).toBe(200);
    await delay(1600);
    expect((await get(`/${clusterId}`, researcher)).status).toBe(404);
    expect((await get('', researcher)).body.total).toBe(0);
    // Nobody ended it: its time was over.
    const again = await kubesmith.post(
      `/v1/shares/${body.id}/end`,
      as(student1),
    );
    expect(again.body.endedAt).toBe(until);
    expect(again.body.endedBy).toBeUndefined();
  });

  it('give kubeconfigs for their namespaces only', async () => {
    await share(student1, { role: 'administrator', namespaces: ['b', 'a'] });
    const options = await get(`/${clusterId}/grants/options`, researcher);
    expect(options.body.roles).toEqual(
      ['viewer', 'editor', 'administrator'].map(role => ({
        role,
        namespaces: ['a', 'b'],
      })),
    );
    const { body } = await issue(researcher, 'administrator');
    expect(body.grant.namespaces).toEqual(['a', 'b']);
    expect(body.kubeconfig).toMatch(/namespace: "a"/);
    const name = `researcher-${body.grant.id}`;
    const { objects } = kubesmith.kubectl;
    expect([...objects].filter(each => each.includes(name)).sort()).toEqual([
      `RoleBinding/${name}:admin`,
      `Secret/${name}`,
      `ServiceAccount/${name}`,
    ]);
    const bindings = JSON.parse(
      kubesmith.kubectl.calls.at(-2)!.stdin!,
    ).items.filter(({ kind }: { kind: string }) => kind === 'RoleBinding');
    expect(bindings.map(({ metadata }: any) => metadata.namespace)).toEqual([
      'a',
      'b',
    ]);

    const elsewhere = await issue(researcher, 'viewer', ['a', 'c']);
    expect(elsewhere.status).toBe(403);
    expect(elsewhere.body.error.message).toContain('namespaces a, b');
    const system = await issue(student1, 'viewer', ['kube-system']);
    expect(system.body.error.code).toBe('KUBESMITH-NAMESPACE-RESERVED');
  });

  it('say which namespace there is not', async () => {
    await share(student1, { namespaces: ['a'] });
    const { kubectl } = kubesmith;
    const { run } = kubectl;
    kubectl.run = async (id, argv, options) =>
      argv[0] === 'apply'
        ? {
            code: 1,
            stdout: '',
            stderr:
              'Error from server (NotFound): error when creating "STDIN": namespaces "a" not found',
          }
        : run(id, argv, options);
    const { status, body } = await issue(researcher, 'viewer');
    expect(status).toBe(409);
    expect(body.error).toMatchObject({
      code: 'KUBESMITH-NAMESPACE-MISSING',
      message: expect.stringContaining('kubectl create namespace a'),
    });
  });

  it('are made by who may share, with what they have themselves', async () => {
    expect((await share(stranger, {})).status).toBe(404);
    expect((await share(instructor, {})).status).toBe(403);
    await share(student1, { subject: student2 });
    const refused = await share(student2, {});
    expect(refused.status).toBe(403);
    const entries = await kubesmith.get(
      '/v1/audit?action=share.create&outcome=denied',
      as(people.admin),
    );
    expect(entries.body.items.map(({ actor }: any) => actor)).toEqual([
      student2,
      instructor,
      stranger,
    ]);
  });

  it('refuse what is wrong, by field, and make nothing', async () => {
    const cases: [wish: object, field: string, code: string][] = [
      [{ subject: 'user:default/nobody' }, 'subject', 'SUBJECT-UNKNOWN'],
      [{ subject: 'group:default/nobody' }, 'subject', 'SUBJECT-UNKNOWN'],
      [{ subject: 'system:default/x' }, 'subject', 'SUBJECT-INVALID'],
      [{ subject: 'user:default/a|b' }, 'subject', 'SUBJECT-INVALID'],
      [{ subject: student1 }, 'subject', 'SUBJECT-IS-OWNER'],
      [{ role: 'owner' }, 'role', 'FIELD-INVALID'],
      [{ namespaces: [] }, 'namespaces', 'NAMESPACES-EMPTY'],
      [{ namespaces: ['a', 'Über'] }, 'namespaces', 'NAMESPACE-INVALID'],
      [
        { namespaces: ['kubesmith-grants'] },
        'namespaces',
        'NAMESPACE-RESERVED',
      ],
      [{ until: '2020-01-01T00:00:00Z' }, 'until', 'UNTIL-INVALID'],
      [{ until: '2999-01-01T00:00:00Z' }, 'until', 'UNTIL-INVALID'],
      [{ until: 'tomorrow' }, 'until', 'FIELD-INVALID'],
    ];
    for (const [wish, field, code] of cases) {
      const { status, body } = await share(student1, wish);
      expect({ wish, status, error: body.error }).toMatchObject({
        wish,
        status: 400,
        error: {
          code: `KUBESMITH-${code}`,
          problems: [{ field, remedy: expect.any(String) }],
        },
      });
    }
    // All at once, one problem for each field.
    const { body } = await share(student1, {
      subject: 'user:default/nobody',
      namespaces: ['kube-system'],
      until: '2020-01-01T00:00:00Z',
    });
    expect(body.error.problems.map(({ field }: any) => field)).toEqual([
      'subject',
      'namespaces',
      'until',
    ]);
    expect((await get(`/${clusterId}/shares`, student1)).body.items).toEqual(
      [],
    );
  });

  it('are one for each person and place, also when asked for at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => share(student1, {})),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      201, 409, 409, 409, 409, 409,
    ]);
    expect(answers.find(({ status }) => status === 409)!.body.error.code).toBe(
      'KUBESMITH-SHARE-EXISTS',
    );
    expect((await share(student1, { namespaces: ['a'] })).status).toBe(201);
  });

  it('are not made of what is being deleted', async () => {
    await kubesmith.post(`/v1/clusters/${clusterId}/delete`, as(student1), {
      requestId: 'request-2',
    });
    const { status, body } = await share(student1, {});
    expect([status, body.error.code]).toEqual([
      409,
      'KUBESMITH-CLUSTER-ENDING',
    ]);
  });

  it('let nobody revoke the kubeconfigs of others', async () => {
    await share(student1, { role: 'administrator' });
    const { body: own } = await issue(student1, 'viewer');
    const { body: theirs } = await issue(researcher, 'viewer');
    const items = async (user: string) =>
      Object.fromEntries(
        (await get(`/${clusterId}/grants`, user)).body.items.map(
          (grant: any) => [grant.id, grant.canRevoke],
        ),
      );
    expect(await items(researcher)).toEqual({
      [own.grant.id]: false,
      [theirs.grant.id]: true,
    });
    expect(await items(student1)).toEqual({
      [own.grant.id]: true,
      [theirs.grant.id]: true,
    });
    const revoke = (id: string, user: string) =>
      kubesmith.post(`/v1/grants/${id}/revoke`, as(user));
    expect((await revoke(own.grant.id, researcher)).status).toBe(403);
    expect((await revoke(theirs.grant.id, researcher)).status).toBe(200);
  });

  it('end kubeconfigs with them, at once', async () => {
    const { body: shared } = await share(student1, {});
    const { body } = await issue(researcher, 'viewer');
    await kubesmith.post(`/v1/shares/${shared.id}/end`, as(student1));
    const deadline = Date.now() + 5000;
    let grant: any;
    do {
      await delay(50);
      [grant] = (await get(`/${clusterId}/grants`, student1)).body.items;
    } while (grant.active && Date.now() < deadline);
    expect(grant).toMatchObject({
      id: body.grant.id,
      active: false,
      endReason: 'share-ended',
      revokedAt: expect.any(String),
    });
    expect([...kubesmith.kubectl.objects].join()).not.toContain(body.grant.id);
    const entries = await kubesmith.get(
      '/v1/audit?action=grant.revoke',
      as(people.admin),
    );
    expect(entries.body.items).toMatchObject([
      {
        clusterId,
        outcome: 'done',
        detail: { user: researcher, reason: 'share-ended' },
      },
    ]);
  });
});
