import { randomUUID } from 'node:crypto';
import type {
  BackstageUserPrincipal,
  PermissionsService,
} from '@backstage/backend-plugin-api';
import { mockServices } from '@backstage/backend-test-utils';
import {
  AuthorizeResult,
  type PolicyDecision,
} from '@backstage/plugin-permission-common';
import {
  type BeginnableKind,
  type ClusterPhase,
  clusterAccessAdministratorPermission,
  clusterAccessEditorPermission,
  clusterAccessPermission,
  clusterDeletePermission,
  clusterHibernatePermission,
  clusterReadPermission,
  clusterScalePermission,
  clusterSharePermission,
} from '@kubesmith/plugin-kubesmith-common';
import {
  clusterConditions,
  createClusterConditionalDecision,
} from '@kubesmith/plugin-kubesmith-node';
import { createTestDatabases } from '../__testUtils__/databases';
import { permissions as usual } from '../__testUtils__/people';
import {
  as,
  asPlugin,
  people,
  startKubesmith,
} from '../__testUtils__/startKubesmith';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const { student1, student2, researcher } = people;
const COURSE = 'distributed-systems-2026';
const STUDENTS = 'group:default/students';

type Criteria = Parameters<typeof createClusterConditionalDecision>[1];

const inCourse = clusterConditions.inEnvironment({ environments: [COURSE] });

/** Rights of student 2 that do not go together: one is about places, another about owners, a third about phases. */
const rights: Record<string, Criteria | undefined> = {
  [clusterReadPermission.name]: clusterConditions.inEnvironment({
    environments: [COURSE, 'research'],
  }),
  [clusterScalePermission.name]: inCourse,
  [clusterDeletePermission.name]: clusterConditions.isOwner({
    claims: [student2, STUDENTS],
  }),
  [clusterSharePermission.name]: inCourse,
  [clusterAccessAdministratorPermission.name]: clusterConditions.hasPhase({
    phases: ['ready', 'deleting'],
  }),
  [clusterHibernatePermission.name]: undefined,
};

/** What was asked of the policy, by the latest request. */
let asked: string[] = [];

const permissions: PermissionsService = {
  ...usual,
  async authorizeConditional(queries, options) {
    asked = queries.map(({ permission }) => permission.name);
    const decisions: PolicyDecision[] = await usual.authorizeConditional(
      queries,
      options,
    );
    const { userEntityRef } = options!.credentials
      .principal as BackstageUserPrincipal;
    if (userEntityRef !== student2) return decisions;
    return queries.map(({ permission }, index): PolicyDecision => {
      if (!(permission.name in rights)) return decisions[index];
      const criteria = rights[permission.name];
      return criteria
        ? createClusterConditionalDecision(
            permission as typeof clusterReadPermission,
            criteria,
          )
        : { result: AuthorizeResult.DENY };
    });
  },
};

const kinds: BeginnableKind[] = [
  'delete',
  'transfer',
  'repair',
  'renew',
  'upgrade',
  'backup',
  'restore',
  'hibernate',
  'wake',
  'scale',
  'resize',
  'snapshot',
  'rollback',
  'remove-snapshot',
];

describe.each(databases.eachSupportedId())(
  'lists of clusters on which something can be begun, on %s',
  databaseId => {
    let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;
    const ids: Record<string, string> = {};

    beforeAll(async () => {
      kubesmith = await startKubesmith(await databases.init(databaseId), {
        permissions: mockServices.permissions.mock(permissions).factory,
      });
      const { clusters, knex } = kubesmith.stores;
      const add = async (
        name: string,
        phase: ClusterPhase,
        user: string,
        change: object = {},
      ) => {
        const { body, status } = await kubesmith.post(
          '/v1/clusters',
          as(user),
          {
            requestId: randomUUID(),
            name,
            environment: COURSE,
            size: 'small',
            workers: 0,
            ...change,
          },
        );
        expect({ status, error: body.error }).toEqual({ status: 201 });
        const id: string = body.cluster.id;
        ids[name] = id;
        if (phase === 'deleted') await clusters.markDeleted(id);
        else await clusters.markReady(id);
        await clusters.update(id, { phase });
      };
      const team = { owner: STUDENTS };
      await add('awake', 'ready', student1);
      await add('asleep', 'hibernated', student1);
      await add('team', 'ready', student1, team);
      await add('team-asleep', 'hibernated', student1, team);
      await add('own', 'ready', student2);
      await add('going', 'deleting', student2);
      await add('gone', 'deleted', student2);
      const research = { environment: 'research' };
      await add('far', 'ready', researcher, research);
      await add('broken', 'failed', researcher, research);
      // Nothing goes on any more.
      await knex('operations').update({ status: 'succeeded' });
    });
    afterAll(() => kubesmith.backend.stop());

    const list = async (query: string, authorization = as(student2)) => {
      const { body, status } = await kubesmith.get(
        `/v1/clusters?${query}`,
        authorization,
      );
      expect({ status, error: body.error }).toEqual({ status: 200 });
      const names: string[] = body.items.map(({ name }: any) => name);
      return { names: names.sort(), total: body.total as number };
    };
    const exactly = (...names: string[]) => ({ names, total: names.length });

    it('hold what somebody may scale who may not delete it, when it is ready', async () => {
      expect(await list('operation=scale')).toEqual(
        exactly('awake', 'own', 'team'),
      );
      expect(await list('operation=delete')).toEqual(
        exactly('own', 'team', 'team-asleep'),
      );
    });

    it('hold only what all rights are there for that it takes', async () => {
      expect(await list('operation=transfer')).toEqual(exactly('own', 'team'));
    });

    it('are empty for somebody who may do it with no cluster', async () => {
      expect(await list('operation=hibernate')).toEqual(exactly());
    });

    it('count all of them on each page, and nothing else', async () => {
      const pages = await Promise.all(
        [0, 1, 2, 3].map(offset =>
          list(`operation=scale&limit=1&offset=${offset}`),
        ),
      );
      expect(pages.map(({ total }) => total)).toEqual([3, 3, 3, 3]);
      expect(pages.map(({ names }) => names.length)).toEqual([1, 1, 1, 0]);
      expect(pages.flatMap(({ names }) => names).sort()).toEqual([
        'awake',
        'own',
        'team',
      ]);
    });

    it('can be narrowed down further', async () => {
      const student = as(student1);
      expect(await list('operation=wake', student)).toEqual(
        exactly('asleep', 'team-asleep'),
      );
      expect(await list('operation=wake&search=TEAM', student)).toEqual(
        exactly('team-asleep'),
      );
      const query = 'operation=repair&environment=research';
      const staff = as(researcher);
      expect(await list(query, staff)).toEqual(exactly('broken', 'far'));
      expect(await list(`${query}&phase=failed`, staff)).toEqual(
        exactly('broken'),
      );
      expect(await list(`${query}&phase=hibernated`, staff)).toEqual(exactly());
      expect(
        await list('operation=delete&includeDeleted=true', asPlugin('x')),
      ).toEqual(
        exactly(
          ...['asleep', 'awake', 'broken', 'far', 'own', 'team'],
          'team-asleep',
        ),
      );
    });

    it('ask the policy for what they need, and no more', async () => {
      const always = [
        clusterReadPermission,
        clusterDeletePermission,
        clusterAccessPermission,
        clusterAccessEditorPermission,
        clusterAccessAdministratorPermission,
        clusterSharePermission,
      ].map(({ name }) => name);
      await list('');
      expect([...asked].sort()).toEqual([...always].sort());
      await list('operation=scale');
      expect([...asked].sort()).toEqual(
        [...always, clusterScalePermission.name].sort(),
      );
      await list('operation=transfer');
      expect([...asked].sort()).toEqual([...always].sort());
    });

    it('agree with what the page of each cluster offers, for everybody', async () => {
      let offers = 0;
      for (const user of Object.values(people)) {
        const possible: Record<string, string[]> = {};
        for (const [name, id] of Object.entries(ids)) {
          const path = `/v1/clusters/${id}`;
          const cluster = await kubesmith.get(path, as(user));
          if (cluster.status === 404) continue;
          const { body } = await kubesmith.get(
            `${path}/operations/possible`,
            as(user),
          );
          possible[name] = [
            ...(cluster.body.can.delete ? ['delete'] : []),
            ...body.items
              .filter(({ available }: any) => available)
              .map(({ kind }: any) => kind),
          ];
        }
        for (const kind of kinds) {
          const expected = Object.keys(possible).filter(name =>
            possible[name].includes(kind),
          );
          offers += expected.length;
          expect({
            user,
            kind,
            ...(await list(`operation=${kind}`, as(user))),
          }).toEqual({ user, kind, ...exactly(...expected.sort()) });
        }
      }
      expect(offers).toBeGreaterThan(50);
    });
  },
);
