import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import type { Entity } from '@backstage/catalog-model';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import permissionPlugin from '@backstage/plugin-permission-backend';
import {
  auditReadPermission,
  clusterDeletePermission,
  clusterReadPermission,
  kubesmithPermissions,
  orderPermission,
} from '@kubesmith/plugin-kubesmith-common';
import request from 'supertest';
import { permissionModuleKubesmith } from '../module';

jest.setTimeout(60_000);

const people: Record<string, string[]> = {
  'user:default/ada': ['group:default/administrators'],
  'user:default/sam': ['group:default/students', 'group:default/team-a'],
};

const toEntity = ([ref, groups]: [string, string[]]): Entity => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'User',
  metadata: { name: ref.split('/')[1], namespace: 'default' },
  relations: groups.map(targetRef => ({ type: 'memberOf', targetRef })),
});

describe('decisions for a person who is not there', () => {
  let backend: Awaited<ReturnType<typeof startTestBackend>>;
  const entities = Object.entries(people).map(toEntity);

  beforeAll(async () => {
    backend = await startTestBackend({
      features: [
        permissionPlugin,
        permissionModuleKubesmith,
        mockServices.rootConfig.factory({
          data: {
            permission: { enabled: true },
            kubesmith: { administrators: ['group:default/administrators'] },
          },
        }),
        mockServices.userInfo.mock({
          getUserInfo: async credentials => {
            const { userEntityRef } = credentials.principal as never;
            return {
              userEntityRef,
              ownershipEntityRefs: [userEntityRef, ...people[userEntityRef]],
            };
          },
        }).factory,
        catalogServiceMock.factory({ entities }),
      ],
    });
  });

  afterAll(() => backend.stop());

  const post = (authorization: string, body: object) =>
    request(backend.server)
      .post('/api/permission/kubesmith/decisions')
      .set('Authorization', authorization)
      .send(body);
  const plugin = (id: string) =>
    mockCredentials.service.header({
      onBehalfOf: mockCredentials.service(id),
      targetPluginId: 'permission',
    });
  const KUBESMITH = plugin('plugin:kubesmith');

  it.each(Object.keys(people))(
    'are the decisions of a sign-in of %s, for every permission of ours',
    async userRef => {
      const signedIn = await request(backend.server)
        .post('/api/permission/authorize')
        .set(
          'Authorization',
          // As the Kubesmith backend asks while the person's request lasts.
          `Bearer ${mockCredentials.user.token(userRef, {
            actor: { subject: 'plugin:kubesmith' },
          })}`,
        )
        .send({
          items: kubesmithPermissions.map((permission, id) => ({
            id: String(id),
            permission,
          })),
        });
      const expected = signedIn.body.items.map(
        ({ id: _, ...decision }: { id: string }) => decision,
      );
      const { status, body } = await post(KUBESMITH, {
        userRef: userRef.toUpperCase().replace('USER', 'user'),
        permissions: kubesmithPermissions.map(({ name }) => name),
      });
      expect(status).toBe(200);
      expect(body.decisions).toEqual(expected);
      expect(body).toMatchObject({
        known: true,
        claims: [userRef, ...people[userRef]],
        version: 0,
      });
      expect(new Set(body.decisions.map(({ result }: any) => result))).toEqual(
        userRef.endsWith('ada')
          ? new Set(['ALLOW'])
          : new Set(['ALLOW', 'DENY', 'CONDITIONAL']),
      );
    },
  );

  it('are all no for somebody whom the catalog does not know', async () => {
    const { body } = await post(KUBESMITH, {
      userRef: 'user:default/gone',
      permissions: [clusterReadPermission.name, orderPermission.name],
    });
    expect(body).toEqual({
      known: false,
      claims: [],
      version: 0,
      decisions: [{ result: 'DENY' }, { result: 'DENY' }],
    });
  });

  it('are for the Kubesmith backend alone', async () => {
    const body = {
      userRef: 'user:default/ada',
      permissions: [clusterDeletePermission.name],
    };
    for (const [authorization, status] of [
      [plugin('plugin:scaffolder'), 403],
      [plugin('external:kubesmith'), 403],
      [mockCredentials.user.header('user:default/ada'), 403],
      [mockCredentials.none.header(), 401],
    ] as const) {
      const answer = await post(authorization, body);
      expect([answer.status, answer.body.decisions]).toEqual([
        status,
        undefined,
      ]);
    }
  });

  it.each([
    [{ userRef: 'group:default/x', permissions: ['a'] }, 'userRef'],
    [{ permissions: ['a'] }, 'userRef'],
    [{ userRef: 'user:default/sam', permissions: [] }, 'permissions'],
    [
      { userRef: 'user:default/sam', permissions: ['catalog.entity.read'] },
      'catalog.entity.read',
    ],
    [
      {
        userRef: 'user:default/sam',
        permissions: [auditReadPermission.name],
        claims: ['group:default/administrators'],
      },
      'claims',
    ],
  ])('names what is wrong with %j', async (body, named) => {
    const answer = await post(KUBESMITH, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.message).toContain(named);
  });

  it('come with the rule behind them', async () => {
    const explain = (userRef: string, authorization = KUBESMITH) =>
      request(backend.server)
        .post('/api/permission/kubesmith/explanations')
        .set('Authorization', authorization)
        .send({
          userRef,
          verb: 'delete',
          facts: {
            owner: 'group:default/team-a',
            environment: 'course',
            environmentOwner: 'group:default/instructors',
          },
        });
    expect((await explain('user:default/sam')).body).toMatchObject({
      allowed: true,
      because: 'allow',
      role: { name: 'member', title: 'Member' },
      ruleText: { whose: 'groups', verbs: expect.arrayContaining(['delete']) },
    });
    expect((await explain('user:default/gone')).body).toEqual({
      allowed: false,
      because: 'nothing',
    });
    const others = await explain(
      'user:default/sam',
      mockCredentials.user.header('user:default/ada'),
    );
    expect(others.status).toBe(403);
  });

  it('says which engine decides', async () => {
    const { body } = await request(backend.server)
      .get('/api/permission/kubesmith/engine')
      .set('Authorization', KUBESMITH);
    expect(body).toEqual({ engine: 'kubesmith' });
  });
});
