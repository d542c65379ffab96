/* eslint-disable @backstage/no-relative-monorepo-imports -- the portal's API with the portal's policies; no package may import both */
import { randomUUID } from 'node:crypto';
import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import { TestDatabases } from '@backstage/backend-test-utils';
import {
  AuthorizeResult,
  type Permission,
} from '@backstage/plugin-permission-common';
import {
  as,
  people,
  startKubesmith,
} from '../../../../plugins/kubesmith-backend/src/__testUtils__/startKubesmith';
import {
  permissions,
  userInfo,
} from '../../../../plugins/kubesmith-backend/src/__testUtils__/people';
import { decidePermission } from '../../../../plugins/permission-backend-module-kubesmith/src/decisions/decidePermission';
import {
  compilePolicies,
  readDefaultPolicies,
} from '../../../../plugins/permission-backend-module-kubesmith/src/sources/defaultPolicies';

jest.setTimeout(5 * 60_000);

const { admin, instructor, researcher, stranger, student1, student2 } = people;
const viewer = 'user:default/viewer';

/** The policies that ship, with one viewer. */
const policies = compilePolicies(
  readDefaultPolicies().replace('members: []', `members: [${viewer}]`),
  ['group:default/administrators'],
);

async function decide(
  permission: Permission,
  credentials: BackstageCredentials,
) {
  const info = await userInfo.getUserInfo(credentials);
  const userRef = info.userEntityRef;
  const subject = policies.of({ userRef, claims: info.ownershipEntityRefs });
  return decidePermission(permission, subject, userRef, {
    result: AuthorizeResult.DENY,
  });
}

// In place of the decisions that the other tests of the API use.
Object.assign(permissions, {
  authorizeConditional: async (queries, options) =>
    Promise.all(
      queries.map(({ permission }) => decide(permission, options!.credentials)),
    ),
  authorize: async (queries, options) =>
    Promise.all(
      queries.map(async ({ permission }) => {
        const { result } = await decide(permission, options!.credentials);
        return {
          result:
            result === AuthorizeResult.ALLOW
              ? AuthorizeResult.ALLOW
              : AuthorizeResult.DENY,
        };
      }),
    ),
} satisfies typeof permissions);

/** yes: allowed. no: 403. none: as if it were not there. */
type Expected = 'yes' | 'no' | 'none';

/** What is tried with a cluster, in this order: what changes it comes last. */
const actions = [
  'GET cluster',
  'in the list',
  'found by search',
  'GET operations',
  'GET operation',
  'GET events',
  'GET grants',
  'GET grant options',
  'GET shares',
  'POST grant as viewer',
  'POST grant as editor',
  'POST grant as administrator',
  'POST share',
  'POST retry',
  'POST cancel',
  'POST delete',
] as const;

const look: Expected[] = Array(9).fill('yes');
const ROWS = {
  // owner, or member of the owning group, or administrator
  everything: [...look, 'yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes'],
  // runs the environment: no kubeconfigs
  lead: [...look, 'no', 'no', 'no', 'no', 'yes', 'yes', 'yes'],
  viewer: [...look, 'no', 'no', 'no', 'no', 'no', 'no', 'no'],
  // it is shared with them: a kubeconfig up to the share's role, and nothing else
  sharedViewer: [...look, 'yes', 'no', 'no', 'no', 'no', 'no', 'no'],
  sharedEditor: [...look, 'yes', 'yes', 'no', 'no', 'no', 'no', 'no'],
  nothing: Array<Expected>(16).fill('none'),
} satisfies Record<string, Expected[]>;

/**
 * By hand. The clusters: student 1's own, the students' (the group's), the researcher's in another environment, and student 2's
 * own, which is shared with the stranger as viewer and with the researchers as editors.
 */
const table: Array<
  [
    who: string,
    own: keyof typeof ROWS,
    group: keyof typeof ROWS,
    elsewhere: keyof typeof ROWS,
    shared: keyof typeof ROWS,
  ]
> = [
  [viewer, 'viewer', 'viewer', 'viewer', 'viewer'],
  [stranger, 'nothing', 'nothing', 'nothing', 'sharedViewer'],
  [student1, 'everything', 'everything', 'nothing', 'nothing'],
  [student2, 'nothing', 'everything', 'nothing', 'everything'],
  [instructor, 'lead', 'lead', 'nothing', 'lead'],
  [researcher, 'nothing', 'nothing', 'everything', 'sharedEditor'],
  [admin, 'everything', 'everything', 'everything', 'everything'],
];

const COURSE = 'distributed-systems-2026';
const STUDENTS = 'group:default/students';

/** By hand: whether somebody may order, for whom and where. */
const orders: Array<
  [who: string, environment: string, owner: string, allowed: boolean]
> = [
  [student1, COURSE, student1, true],
  [student1, COURSE, STUDENTS, true],
  [student1, COURSE, student2, false],
  [student1, 'research', student1, false],
  [student2, COURSE, student2, true],
  [student2, 'research', STUDENTS, false],
  [instructor, COURSE, instructor, true],
  [instructor, COURSE, 'group:default/instructors', true],
  [instructor, COURSE, student1, false],
  [instructor, 'research', instructor, false],
  [researcher, 'research', researcher, true],
  [researcher, COURSE, researcher, false],
  [admin, COURSE, admin, true],
  [admin, COURSE, student1, true],
  [admin, 'research', STUDENTS, true],
  [viewer, COURSE, viewer, false],
  [stranger, COURSE, stranger, false],
  [stranger, 'research', stranger, false],
];

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

it('gives everybody exactly what the table says, on every route', async () => {
  const kubesmith = await startKubesmith(await databases.init('SQLITE_3'));
  const { get, post } = kubesmith;
  const order = (environment: string, owner: string, name: string) => ({
    requestId: randomUUID(),
    name,
    environment,
    owner,
    size: 'small',
    workers: 0,
  });
  let cells = 0;
  const wrong: string[] = [];
  const check = (cell: string, expected: unknown, given: unknown) => {
    cells++;
    if (given !== expected) {
      wrong.push(`${cell}: expected ${expected}, got ${given}`);
    }
  };
  const outcome = ({ status }: { status: number }): Expected | number => {
    if (status >= 500 || status === 401 || status === 400) return status;
    if (status === 404) return 'none';
    return status === 403 ? 'no' : 'yes';
  };

  for (const [who, environment, owner, allowed] of orders) {
    const { requestId: _, ...draft } = order(environment, owner, 'wish');
    const { body } = await post('/v1/orders/check', as(who), draft);
    check(
      `${who} orders for ${owner} in ${environment}`,
      allowed,
      body.problems?.length === 0,
    );
    if (!allowed) {
      const { status } = await post(
        '/v1/clusters',
        as(who),
        order(environment, owner, 'wish'),
      );
      check(`${who} places it`, true, status === 400 || status === 403);
    }
  }

  const placed = [];
  for (const [who, environment, owner, name] of [
    [student1, COURSE, student1, 'own'],
    [student2, COURSE, STUDENTS, 'group'],
    [researcher, 'research', researcher, 'elsewhere'],
    [student2, COURSE, student2, 'shared'],
  ]) {
    const { body } = await post(
      '/v1/clusters',
      as(who),
      order(environment, owner, name),
    );
    placed.push({ id: body.cluster.id, operation: body.operation.id, name });
  }

  const share = (who: string, id: string, subject: string, role: string) =>
    post(`/v1/clusters/${id}/shares`, as(who), {
      subject,
      role,
      until: new Date(Date.now() + 3_600_000).toISOString(),
    });
  for (const [subject, role] of [
    [stranger, 'viewer'],
    ['group:default/researchers', 'editor'],
  ]) {
    const { status } = await share(student2, placed[3].id, subject, role);
    expect(status).toBe(201);
  }

  const listed = async (who: string, id: string, query: string) => {
    const { body } = await get(`/v1/clusters${query}`, as(who));
    const ids = body.items.map((item: { id: string }) => item.id);
    if (body.total !== ids.length) return `total ${body.total}`;
    return ids.includes(id) ? 'yes' : 'none';
  };

  for (const [number, action] of actions.entries()) {
    for (const [who, ...rows] of table) {
      for (const [index, { id, operation, name }] of placed.entries()) {
        const user = as(who);
        const grant = (role: string) =>
          post(`/v1/clusters/${id}/grants`, user, { role }).then(outcome);
        const tries: Record<(typeof actions)[number], () => Promise<unknown>> =
          {
            'GET cluster': () => get(`/v1/clusters/${id}`, user).then(outcome),
            'in the list': () => listed(who, id, ''),
            'found by search': () => listed(who, id, `?search=${name}`),
            'GET operations': () =>
              get(`/v1/clusters/${id}/operations`, user).then(outcome),
            'GET operation': () =>
              get(`/v1/operations/${operation}`, user).then(outcome),
            'GET events': () =>
              get(`/v1/operations/${operation}/events`, user).then(outcome),
            'GET grants': () =>
              get(`/v1/clusters/${id}/grants`, user).then(outcome),
            'GET grant options': () =>
              get(`/v1/clusters/${id}/grants/options`, user).then(outcome),
            'GET shares': () =>
              get(`/v1/clusters/${id}/shares`, user).then(outcome),
            'POST grant as viewer': () => grant('viewer'),
            'POST grant as editor': () => grant('editor'),
            'POST grant as administrator': () => grant('administrator'),
            // With those who may do everything anyway: it changes nothing for the others.
            'POST share': () =>
              share(who, id, 'group:default/administrators', 'viewer').then(
                outcome,
              ),
            'POST retry': () =>
              post(`/v1/operations/${operation}/retry`, user).then(outcome),
            'POST cancel': () =>
              post(`/v1/operations/${operation}/cancel`, user).then(outcome),
            'POST delete': () =>
              post(`/v1/clusters/${id}/delete`, user, {
                requestId: randomUUID(),
              }).then(outcome),
          };
        check(
          `${who}: ${action} of '${name}'`,
          ROWS[rows[index]][number],
          await tries[action](),
        );
      }
    }
  }
  await kubesmith.backend.stop();
  process.stdout.write(`${cells} cells, ${wrong.length} wrong\n`);
  expect(wrong).toEqual([]);
  expect(cells).toBe(orders.length + 9 + table.length * actions.length * 4);
});
