import { createServiceFactory } from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import type { Entity } from '@backstage/catalog-model';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import permissionPlugin from '@backstage/plugin-permission-backend';
import {
  type Cluster,
  KubesmithApiError,
  policyManagePermission,
} from '@kubesmith/plugin-kubesmith-common';
import {
  type KubesmithService,
  kubesmithServiceRef,
} from '@kubesmith/plugin-kubesmith-node';
import request from 'supertest';
import { permissionModuleKubesmith } from '../module';
import { readDefaultPolicies } from '../sources/defaultPolicies';

jest.setTimeout(60_000);

const user = (name: string, group: string): Entity => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'User',
  metadata: { name, namespace: 'default' },
  relations: [{ type: 'memberOf', targetRef: `group:default/${group}` }],
});
const group = (name: string): Entity => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'Group',
  metadata: { name, namespace: 'default' },
});
const people: Record<string, string> = {
  'user:default/ada': 'group:default/administrators',
  'user:default/ivy': 'group:default/instructors',
  'user:default/sam': 'group:default/students',
  'user:default/sue': 'group:default/students',
};
const clusters = [
  { id: '6f0c1c57-7a30-4b16-8d1f-2d3e11a2e0aa', owner: 'user:default/sam' },
  { id: '6f0c1c57-7a30-4b16-8d1f-2d3e11a2e0bb', owner: 'user:default/sue' },
].map(
  (cluster, n) =>
    ({ ...cluster, name: `c${n}`, environment: 'course' } as Cluster),
);
const [sams, sues] = clusters;

async function start(kubesmithConfig: object = {}) {
  const audit: string[] = [];
  const trail: object[] = [];
  const recordAuditEvent = jest.fn(async (entry: object) => {
    trail.push(entry);
  });
  const auditor = mockServices.auditor.mock();
  auditor.createEvent.mockImplementation(async ({ eventId, meta }) => {
    const note = (outcome: string) =>
      void audit.push(`${eventId} ${meta?.actionType} ${outcome}`);
    return {
      success: async () => note('success'),
      fail: async () => note('fail'),
    };
  });
  const userInfo = mockServices.userInfo.mock({
    getUserInfo: async credentials => {
      const { userEntityRef } = credentials.principal as never;
      return {
        userEntityRef,
        ownershipEntityRefs: [userEntityRef, people[userEntityRef]],
      };
    },
  });
  const backend = await startTestBackend({
    features: [
      permissionPlugin,
      permissionModuleKubesmith,
      mockServices.rootConfig.factory({
        data: {
          permission: { enabled: true },
          kubesmith: {
            administrators: ['group:default/administrators'],
            ...kubesmithConfig,
          },
        },
      }),
      auditor.factory,
      userInfo.factory,
      catalogServiceMock.factory({
        entities: [
          ...Object.entries(people).map(([ref, of]) =>
            user(ref.split('/')[1], of.split('/')[1]),
          ),
          ...['administrators', 'instructors', 'students'].map(group),
        ],
      }),
      createServiceFactory({
        service: kubesmithServiceRef,
        deps: {},
        factory: () =>
          ({
            recordAuditEvent,
            listEnvironments: async () => ({
              items: [{ name: 'course', owner: 'group:default/instructors' }],
            }),
            listEnvironmentRecords: async () => ({
              items: [
                {
                  name: 'course',
                  title: 'Course',
                  owner: 'group:default/instructors',
                  members: ['group:default/students'],
                },
                {
                  name: 'research',
                  title: 'Research',
                  owner: 'group:default/administrators',
                  members: [],
                },
              ],
            }),
            listClusters: async () => ({ items: clusters, total: 2 }),
            getCluster: async ({ clusterId }: { clusterId: string }) => {
              const found = clusters.find(({ id }) => id === clusterId);
              if (!found) {
                throw new KubesmithApiError({
                  status: 404,
                  name: 'NotFoundError',
                  message: 'None',
                });
              }
              return found;
            },
          } as unknown as KubesmithService),
      }),
    ],
  });
  const call =
    (method: 'get' | 'post' | 'put') =>
    (who: string, path: string, body?: object) => {
      const sent = request(backend.server)
        [method](`/api/permission/kubesmith/policies${path}`)
        .set(
          'Authorization',
          mockCredentials.user.header(`user:default/${who}`),
        );
      return method === 'get' ? sent : sent.send(body ?? {});
    };
  return {
    audit,
    recordAuditEvent,
    trail,
    backend,
    get: call('get'),
    post: call('post'),
    put: call('put'),
    authorize: async (who: string, ...names: { name: string }[]) =>
      (
        await request(backend.server)
          .post('/api/permission/authorize')
          .set(
            'Authorization',
            mockCredentials.user.header(`user:default/${who}`),
          )
          .send({
            items: names.map((permission, id) => ({
              id: String(id),
              permission,
            })),
          })
      ).body.items.map(({ result }: { result: string }) => result),
  };
}

const shipped = readDefaultPolicies();
/** The shipped policies and a role more, whose line numbers do not matter. */
const withRole = (role: string) => `${shipped}\n  - ${role}\n`;
const instructorsDelete = withRole(
  '{ name: tidy, title: Tidy, members: [group:default/students], rules: [{ verbs: [read], where: { environments: [course] }, whose: anyone }] }',
);

describe('the API of policies in the database', () => {
  let portal: Awaited<ReturnType<typeof start>>;

  beforeEach(async () => {
    portal = await start();
  });

  afterEach(() => portal.backend.stop());

  it('is for those who manage policies', async () => {
    for (const who of ['ivy', 'sam']) {
      const answers = await Promise.all([
        portal.get(who, ''),
        portal.get(who, '/export'),
        portal.get(who, '/versions'),
        portal.get(who, '/versions/0'),
        portal.post(who, '/validate', { yaml: shipped }),
        portal.post(who, '/preview', { yaml: shipped }),
        portal.post(who, '/rollback', {}),
        portal.put(who, '', { yaml: shipped, expectedVersion: 0, reason: 'x' }),
        portal.get(who, '/explain?user=user:default/sue'),
        // A second time: one entry a minute is enough.
        portal.post(who, '/rollback', {}),
      ]);
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(403));
    }
    // Each refused change, and the first of many refused looks.
    const ofSam = portal.trail.filter(
      ({ actor }: any) => actor === 'user:default/sam',
    );
    expect(ofSam).toHaveLength(3);
    expect(ofSam).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: 'policy.look', outcome: 'denied' }),
        expect.objectContaining({
          action: 'policy.roll-back',
          outcome: 'denied',
        }),
        expect.objectContaining({
          action: 'policy.save',
          outcome: 'denied',
          detail: expect.objectContaining({ reason: 'x' }),
        }),
      ]),
    );
    const nobody = await request(portal.backend.server)
      .get('/api/permission/kubesmith/policies')
      .set('Authorization', mockCredentials.none.header());
    expect(nobody.status).toBe(401);
    await expect(
      portal.authorize('sam', policyManagePermission),
    ).resolves.toEqual(['DENY']);
    await expect(
      portal.authorize('ada', policyManagePermission),
    ).resolves.toEqual(['ALLOW']);
  });

  it('does not read much of what others send', async () => {
    const send = (who: string, length: number) =>
      request(portal.backend.server)
        .put('/api/permission/kubesmith/policies')
        .set(
          'Authorization',
          mockCredentials.user.header(`user:default/${who}`),
        )
        .set('Content-Type', 'application/json')
        .send(`{"no JSON: ${'x'.repeat(length)}`);
    // Who reads it sees that it is no JSON.
    expect((await send('ada', 3_000_000)).status).toBe(400);
    expect((await send('sam', 10)).status).toBe(400);
    expect((await send('sam', 3_000_000)).status).toBe(403);
    expect(portal.trail).toContainEqual(
      expect.objectContaining({
        actor: 'user:default/sam',
        action: 'policy.save',
        outcome: 'denied',
      }),
    );
  });

  it('saves, lists, exports and rolls back versions', async () => {
    const before = await portal.get('ada', '');
    expect(before.body).toMatchObject({
      source: 'database',
      writable: true,
      version: 0,
      yaml: shipped,
      health: { status: 'ok' },
    });

    const saved = await portal.put('ada', '', {
      yaml: instructorsDelete,
      expectedVersion: 0,
      reason: 'Students work together',
    });
    expect(saved.body).toEqual({ version: 1 });
    const sees = await portal.get(
      'sam',
      `/explain?cluster=${sues.id}&verb=read`,
    );
    expect(sees.body.items).toEqual([
      {
        verb: 'read',
        allowed: true,
        because: 'allow',
        role: { name: 'tidy', title: 'Tidy' },
        rule: 0,
      },
    ]);

    const late = await portal.put('ada', '', {
      yaml: shipped,
      expectedVersion: 0,
      reason: 'Too late',
    });
    expect(late.status).toBe(409);
    expect(late.body.error).toMatchObject({
      code: 'KUBESMITH-POLICY-CONFLICT',
      message: expect.stringContaining(
        'Version 1 of the policies is the newest',
      ),
    });

    const back = await portal.post('ada', '/rollback', {
      toVersion: 0,
      expectedVersion: 1,
      reason: 'It was a mistake',
    });
    expect(back.body).toEqual({ version: 2 });
    expect((await portal.get('ada', '/export')).text).toBe(shipped);
    expect((await portal.get('ada', '/versions')).body.items).toMatchObject([
      { version: 2, author: 'user:default/ada', reason: 'It was a mistake' },
      { version: 1, reason: 'Students work together' },
    ]);
    expect((await portal.get('ada', '/versions/1')).body.yaml).toBe(
      instructorsDelete,
    );
    expect((await portal.get('ada', '/versions/7')).status).toBe(404);
    expect(portal.audit).toEqual([
      'policy-mutate save success',
      'policy-mutate save fail',
      'policy-mutate roll-back success',
    ]);
    expect(portal.trail).toMatchObject([
      {
        actor: 'user:default/ada',
        action: 'policy.save',
        outcome: 'done',
        detail: { reason: 'Students work together', version: 1 },
      },
      {
        action: 'policy.save',
        outcome: 'failed',
        code: expect.stringMatching(/^KUBESMITH-/),
        detail: { reason: 'Too late' },
      },
      {
        action: 'policy.roll-back',
        outcome: 'done',
        detail: { reason: 'It was a mistake', toVersion: 0, version: 2 },
      },
    ]);
  });

  it('saves nothing of a policy with mistakes, and says where they are', async () => {
    const bad = withRole(
      '{ name: x, members: [group:default/nobody], rules: [{ verbs: [read], where: { environments: [curse], ownerGroups: [group:default/students] }, whose: own }] }',
    );
    const line = shipped.split('\n').length + 1;
    const validated = await portal.post('ada', '/validate', { yaml: bad });
    expect(validated.body.problems).toEqual([
      {
        path: 'roles[4].members[0]',
        line,
        column: 26,
        message: "the catalog knows no group 'group:default/nobody'",
      },
      expect.objectContaining({
        path: 'roles[4].rules[0].where.environments[0]',
        line,
        message: "there is no environment 'curse'; there are: course",
      }),
    ]);
    const refused = await portal.put('ada', '', {
      yaml: bad,
      expectedVersion: 0,
      reason: 'x',
    });
    expect(refused.status).toBe(400);
    expect(refused.body.error).toMatchObject({
      name: 'InputError',
      code: 'KUBESMITH-POLICY-INVALID',
      problems: validated.body.problems,
    });
    const huge = await portal.put('ada', '', {
      yaml: `${shipped}#${'x'.repeat(1_000_000)}`,
      expectedVersion: 0,
      reason: 'x',
    });
    expect(huge.status).toBe(400);
    expect(huge.body.error.message).toContain('262144 are allowed');
    const noReason = await portal.put('ada', '', {
      yaml: shipped,
      expectedVersion: 0,
    });
    expect(noReason.status).toBe(400);
    expect(noReason.body.error.message).toContain('reason: say why');
    const including = await portal.post('ada', '/validate', {
      document: {
        apiVersion: 'kubesmith.io/v1',
        kind: 'Policies',
        include: ['/etc/passwd'],
      },
    });
    expect(including.body.problems).toMatchObject([{ path: 'include' }]);
    expect((await portal.get('ada', '')).body.version).toBe(0);
  });

  it('does not lock out the last administrator', async () => {
    for (const roles of [
      '[]',
      '[{ name: a, members: [user:default/ada], rules: [{ verbs: [manage-policy] }, { verbs: [manage-policy], effect: deny }] }]',
    ]) {
      const refused = await portal.put('ada', '', {
        yaml: `apiVersion: kubesmith.io/v1\nkind: Policies\nroles: ${roles}\n`,
        expectedVersion: 0,
        reason: 'Away with it',
      });
      expect(refused.status).toBe(409);
      expect(refused.body.error).toMatchObject({
        code: 'KUBESMITH-POLICY-LOCKOUT',
        message: expect.stringContaining('Nobody could change policies'),
      });
    }
    const handedOver = await portal.put('ada', '', {
      document: {
        apiVersion: 'kubesmith.io/v1',
        kind: 'Policies',
        roles: [
          {
            name: 'boss',
            members: ['user:default/ivy'],
            rules: [{ verbs: ['manage-policy'] }],
          },
        ],
      },
      expectedVersion: 0,
      reason: 'Ivy takes over',
    });
    expect(handedOver.status).toBe(200);
    expect((await portal.get('ada', '')).status).toBe(403);
    expect((await portal.get('ivy', '/export')).text).toContain('name: boss');
  });

  it('shows who would gain and lose which right, and changes nothing', async () => {
    const preview = await portal.post('ada', '/preview', {
      yaml: instructorsDelete.replace(
        'verbs: [read, delete, extend, approve]',
        'verbs: [read, extend, approve]',
      ),
    });
    expect(preview.body).toMatchObject({
      total: 4,
      users: 4,
      clusters: 2,
      managers: 1,
    });
    const change = (
      who: string,
      what: string,
      verb: string,
      { id, name, owner }: Cluster,
    ) => ({
      user: `user:default/${who}`,
      change: what,
      verb,
      cluster: { id, name, owner, environment: 'course' },
    });
    expect(preview.body.changes).toEqual(
      expect.arrayContaining([
        change('sam', 'gains', 'read', sues),
        change('sue', 'gains', 'read', sams),
        change('ivy', 'loses', 'delete', sams),
        change('ivy', 'loses', 'delete', sues),
      ]),
    );
    const opened = await portal.post('ada', '/preview', {
      yaml: shipped.replace(
        'environments: $open-to-them',
        'environments: [course]',
      ),
    });
    expect(opened.body.changes).toEqual([]);
    const research = await portal.post('ada', '/preview', {
      yaml: withRole(
        '{ name: lab, members: [group:default/students], rules: [{ verbs: [create], where: { environments: [course] }, whose: own }, { verbs: [manage-quota], where: { environments: [course] } }] }',
      ),
    });
    expect(research.body.changes).toEqual(
      ['sam', 'sue'].map(who => ({
        user: `user:default/${who}`,
        verb: 'manage-quota',
        change: 'gains',
        environment: 'course',
      })),
    );
    expect((await portal.get('ada', '')).body.version).toBe(0);
    const nothing = await portal.post('ada', '/preview', { yaml: shipped });
    expect(nothing.body.total).toBe(0);
  });

  it('explains what somebody may do with a cluster, and why', async () => {
    const { body } = await portal.get(
      'ada',
      `/explain?user=user:default/ivy&cluster=${sams.id}`,
    );
    const of = (verb: string) =>
      body.items.find((item: { verb: string }) => item.verb === verb);
    expect(of('delete')).toEqual({
      verb: 'delete',
      allowed: true,
      because: 'allow',
      role: { name: 'environment-lead', title: 'Environment lead' },
      rule: 1,
      ruleText: {
        effect: 'allow',
        verbs: ['read', 'delete', 'extend', 'approve'],
        where: { environments: '$run-by-them' },
        whose: 'anyone',
      },
    });
    expect(of('access-viewer')).toEqual({
      verb: 'access-viewer',
      allowed: false,
      because: 'nothing',
    });
    const places = await portal.get(
      'ada',
      '/explain?user=user:default/sam&verb=create',
    );
    expect(places.body.environments).toMatchObject([
      {
        name: 'course',
        items: [{ verb: 'create', allowed: true, role: { name: 'member' } }],
      },
      { name: 'research', items: [{ verb: 'create', because: 'nothing' }] },
    ]);
    const unknown = await portal.get('ada', '/explain?user=user:default/who');
    expect(unknown.status).toBe(404);
    expect(unknown.body.error.code).toBe('KUBESMITH-NOT-FOUND');
    expect(body.roles).toMatchObject([
      { name: 'environment-lead', rules: expect.any(Array) },
      { name: 'member', title: 'Member' },
    ]);
  });

  it('does not tell of clusters that one may not see', async () => {
    const invisible = await portal.get('sam', `/explain?cluster=${sues.id}`);
    const absent = await portal.get(
      'sam',
      '/explain?cluster=6f0c1c57-7a30-4b16-8d1f-2d3e11a2e0cc',
    );
    expect(invisible.status).toBe(404);
    expect(invisible.body.error.message.replace(sues.id, 'X')).toBe(
      absent.body.error.message.replace(/'.*'/, "'X'"),
    );
    const own = await portal.get('sam', `/explain?cluster=${sams.id}`);
    expect(own.status).toBe(200);
    expect(own.body.roles.map(({ name }: { name: string }) => name)).toEqual([
      'environment-lead',
      'member',
    ]);
    expect(
      own.body.environments.map(({ name }: { name: string }) => name),
    ).toEqual(['course']);
    expect(JSON.stringify(own.body)).not.toMatch(/ruleText|verbs/);
  });

  it('leaves the permission plugin as it was', async () => {
    const health = await request(portal.backend.server).get(
      '/api/permission/health',
    );
    expect(health.body).toEqual({ status: 'ok' });
  });
});

it('reads policies from files, and shows them only', async () => {
  const portal = await start({
    policies: { files: [`${__dirname}/../../policies/default.yaml`] },
  });
  const { body } = await portal.get('ada', '');
  expect(body).toMatchObject({
    source: 'files',
    writable: false,
    health: { status: 'ok' },
  });
  expect((await portal.get('ada', '/export')).text).toContain(
    'name: environment-lead',
  );
  const refused = await portal.put('ada', '', {
    yaml: shipped,
    expectedVersion: 1,
    reason: 'x',
  });
  expect(refused.status).toBe(403);
  expect(refused.body.error.message).toContain('kept in files');
  await portal.backend.stop();
});
