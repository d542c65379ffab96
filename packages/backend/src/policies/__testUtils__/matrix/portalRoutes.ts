import { randomUUID } from 'node:crypto';
import { type AskerName, askers } from './askers';
import {
  COURSE,
  RESEARCH,
  type RequestName,
  type Scene,
  requestNames,
} from './scene';
import { asPlugin } from './startPortal';
import { type Answer, type Outcome, outcomeOf } from './Tally';

/** Somebody tries something that is about no single cluster. */
export type PortalTry = { scene: Scene; asker: AskerName };

/** One route of the API that is about the portal, an environment, or the caller. */
export type PortalRoute = {
  /** The operation's id in the API document. */
  operationId: string;
  how?: string;
  /** By hand: what comes of it, or what is listed. */
  expected: Record<AskerName, unknown>;
  try: (options: PortalTry) => Promise<unknown>;
};

const V1 = '/kubesmith/v1';

/** Everybody the same, but for those who are named. Nobody is always told to sign in. */
const everybody = <T>(
  others: T,
  named: Partial<Record<AskerName, unknown>> = {},
): Record<AskerName, unknown> => ({
  admin: others,
  instructor: others,
  student1: others,
  student2: others,
  researcher: others,
  viewer: others,
  stranger: others,
  service: others,
  nobody: 'who',
  ...named,
});

const people = (named: Partial<Record<AskerName, unknown>> = {}) =>
  everybody<Outcome>('yes', { service: 'no', ...named });
/** What only administrators do; another plugin may read what they read. */
const adminReads = everybody<Outcome>('no', { admin: 'yes', service: 'yes' });
const adminOnly = everybody<Outcome>('no', { admin: 'yes' });

type Method = 'get' | 'post' | 'put' | 'delete';
type Request = { method: Method; path: string; body?: object };

const ask = ({ scene, asker }: PortalTry, { method, path, body }: Request) =>
  scene.portal.call(askers[asker], method, `${V1}${path}`, body);

const tries =
  (request: Request | ((options: PortalTry) => Promise<Request> | Request)) =>
  async (options: PortalTry): Promise<Outcome | string> =>
    outcomeOf(
      await ask(
        options,
        typeof request === 'function' ? await request(options) : request,
      ),
    );

/** What a list shows; what came instead, when it is none. */
const lists =
  (path: string, look: (body: any) => unknown) =>
  async (options: PortalTry): Promise<unknown> => {
    const answer: Answer = await ask(options, { method: 'get', path });
    return answer.status === 200 ? look(answer.body) : outcomeOf(answer);
  };

const names = (items: { name: string }[]) =>
  items.map(({ name }) => name).sort();

async function madeByAdmin(scene: Scene, path: string, body: object) {
  const answer = await scene.portal.call(
    askers.admin,
    'post',
    `${V1}${path}`,
    body,
  );
  if (answer.status >= 300)
    throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const quota = (environment: string) => ({
  environment,
  scope: 'environment',
  limits: { clusters: 1000 },
});

const draft = { name: 'matrix', title: 'Matrix' };

const order = (environment: string, owner?: string) => ({
  name: `wish-${randomUUID().slice(0, 8)}`,
  environment,
  owner,
  size: 'small',
  workers: 0,
});

/** An order is refused by a problem, not by a status: the form shows it at a field. */
const checksOrder =
  (environment: string, owner?: string) =>
  async (options: PortalTry): Promise<unknown> => {
    const answer = await ask(options, {
      method: 'post',
      path: '/orders/check',
      body: order(environment, owner),
    });
    return answer.status === 200
      ? answer.body.problems.length === 0
      : outcomeOf(answer);
  };

/** A refusal is told like any other problem of an order, with 400. */
const places =
  (environment: string, owner?: string) =>
  async (options: PortalTry): Promise<unknown> => {
    const answer = await ask(options, {
      method: 'post',
      path: '/clusters',
      body: { ...order(environment, owner), requestId: randomUUID() },
    });
    return answer.status === 400 ? 'refused' : outcomeOf(answer);
  };

const mayOrder = (...who: AskerName[]) =>
  everybody<unknown>(false, {
    ...Object.fromEntries(who.map(name => [name, true])),
    service: 'no',
  });

/** What comes of it with each of the orders that wait: student 1's, the students' (student 2's), the instructor's. */
const withRequests =
  (method: 'get' | 'post', rest = '', body?: object) =>
  async (options: PortalTry): Promise<unknown> => {
    const outcomes: string[] = [];
    for (const who of requestNames)
      outcomes.push(
        outcomeOf(
          await ask(options, {
            method,
            path: `/order-requests/${options.scene.requests[who]}${rest}`,
            body,
          }),
        ),
      );
    return outcomes.join(' ');
  };

const decides = everybody<unknown>('none none none', {
  admin: 'yes yes yes',
  // Nobody decides about their own.
  instructor: 'yes yes no',
  student1: 'no no none',
  student2: 'none no none',
  service: 'no no no',
});

/** By hand: every route that is not about one cluster. */
export const portalRoutes: PortalRoute[] = [
  {
    operationId: 'getHealth',
    expected: everybody('yes', { nobody: 'yes' }),
    try: tries({ method: 'get', path: '/health' }),
  },
  {
    operationId: 'listEnvironments',
    expected: everybody<unknown>([COURSE], {
      admin: [COURSE, RESEARCH],
      // A cluster there is shared with the student.
      student1: [COURSE, RESEARCH],
      researcher: [RESEARCH],
      viewer: [COURSE, RESEARCH],
      stranger: [],
      service: [COURSE, RESEARCH],
    }),
    try: lists('/environments', ({ items }) => names(items)),
  },
  {
    operationId: 'listEnvironmentRecords',
    expected: everybody<unknown>([], {
      admin: [COURSE, RESEARCH],
      service: [COURSE, RESEARCH],
    }),
    try: lists('/environment-records', ({ items }) => names(items)),
  },
  {
    operationId: 'getEnvironment',
    expected: everybody<Outcome>('none', { admin: 'yes', service: 'yes' }),
    try: tries({ method: 'get', path: `/environments/${COURSE}` }),
  },
  {
    operationId: 'checkEnvironment',
    expected: adminOnly,
    try: tries({ method: 'post', path: '/environments/check', body: draft }),
  },
  {
    operationId: 'checkEnvironment',
    how: 'a change',
    expected: everybody<Outcome>('none', { admin: 'yes', service: 'no' }),
    try: tries({
      method: 'post',
      path: '/environments/check',
      body: { ...draft, name: COURSE, expectedVersion: 1 },
    }),
  },
  {
    // The draft is not complete: whoever may is told what is missing.
    operationId: 'createEnvironment',
    expected: everybody<unknown>('no', { admin: 'incomplete' }),
    try: async options => {
      const answer = await ask(options, {
        method: 'post',
        path: '/environments',
        body: draft,
      });
      return answer.status === 400 ? 'incomplete' : outcomeOf(answer);
    },
  },
  {
    operationId: 'updateEnvironment',
    expected: everybody<unknown>('none', {
      admin: 'incomplete',
      service: 'no',
    }),
    try: async options => {
      const answer = await ask(options, {
        method: 'put',
        path: `/environments/${COURSE}`,
        body: { title: 'Matrix', expectedVersion: 1 },
      });
      return answer.status === 400 ? 'incomplete' : outcomeOf(answer);
    },
  },
  {
    // It has clusters: whoever may is told 409.
    operationId: 'deleteEnvironment',
    expected: everybody<Outcome>('none', { admin: 'yes', service: 'no' }),
    try: tries({
      method: 'delete',
      path: `/environments/${COURSE}?expectedVersion=1`,
    }),
  },
  {
    operationId: 'checkOrder',
    how: 'for oneself in the course',
    expected: mayOrder('admin', 'instructor', 'student1', 'student2'),
    try: options => checksOrder(COURSE)(options),
  },
  {
    operationId: 'checkOrder',
    how: 'for oneself in research',
    expected: mayOrder('admin', 'researcher'),
    try: options => checksOrder(RESEARCH)(options),
  },
  {
    operationId: 'checkOrder',
    how: 'for the students in the course',
    expected: mayOrder('admin', 'student1', 'student2'),
    try: options => checksOrder(COURSE, 'group:default/students')(options),
  },
  {
    operationId: 'checkOrder',
    how: 'for student 1 in the course',
    expected: mayOrder('admin', 'student1'),
    try: options => checksOrder(COURSE, 'user:default/student-1')(options),
  },
  {
    operationId: 'checkOrder',
    how: 'for the instructors in the course',
    expected: mayOrder('admin', 'instructor'),
    try: options => checksOrder(COURSE, 'group:default/instructors')(options),
  },
  {
    operationId: 'orderCluster',
    how: 'for oneself in the course',
    expected: everybody<unknown>('yes', {
      researcher: 'refused',
      viewer: 'refused',
      stranger: 'refused',
      service: 'no',
    }),
    try: places(COURSE),
  },
  {
    operationId: 'orderCluster',
    how: 'for student 1 in the course',
    expected: everybody<unknown>('refused', {
      admin: 'yes',
      student1: 'yes',
      service: 'no',
    }),
    try: places(COURSE, 'user:default/student-1'),
  },
  {
    operationId: 'orderCluster',
    how: 'in an environment that is not there',
    expected: everybody<unknown>('refused', { service: 'no' }),
    try: places('closed'),
  },
  {
    operationId: 'ensureStep',
    expected: everybody<Outcome>('no'),
    try: tries(({ scene }) => ({
      method: 'post',
      path: `/operations/${scene.clusters.zebraown.operationId}/steps/machines/ensure`,
      body: { taskId: 'the-task', waitSeconds: 0 },
    })),
  },
  {
    operationId: 'ensureStep',
    how: 'by the scaffolder, for its own task and for another one',
    expected: everybody<unknown>(['yes', 'no']),
    try: async ({ scene, asker }) =>
      asker === 'nobody'
        ? 'who'
        : Promise.all(
            ['the-task', 'another-task'].map(async taskId =>
              outcomeOf(
                await scene.portal.call(
                  asPlugin('scaffolder', 'kubesmith'),
                  'post',
                  `${V1}/operations/${scene.clusters.zebraown.operationId}/steps/machines/ensure`,
                  { taskId, waitSeconds: 0 },
                ),
              ),
            ),
          ),
  },
  {
    operationId: 'listQuotas',
    expected: everybody<unknown>([], {
      admin: [COURSE, RESEARCH],
      instructor: [COURSE],
      researcher: [RESEARCH],
      service: [COURSE, RESEARCH],
    }),
    try: lists('/quotas', ({ environments }) => [...environments].sort()),
  },
  {
    operationId: 'listMyQuotas',
    expected: people(),
    try: tries({ method: 'get', path: '/quotas/mine' }),
  },
  {
    operationId: 'previewSchedule',
    expected: people(),
    try: tries({
      method: 'post',
      path: '/schedules/preview',
      body: { timetable: { sleep: '0 20 * * *', timeZone: 'UTC' } },
    }),
  },
  {
    operationId: 'putQuota',
    expected: everybody<Outcome>('no', { admin: 'yes', instructor: 'yes' }),
    try: tries({ method: 'post', path: '/quotas', body: quota(COURSE) }),
  },
  {
    operationId: 'deleteQuota',
    expected: everybody<Outcome>('none', {
      admin: 'yes',
      instructor: 'yes',
      service: 'no',
    }),
    try: tries(async ({ scene }) => {
      const { id } = await madeByAdmin(scene, '/quotas', quota(COURSE));
      return { method: 'post', path: `/quotas/${id}/delete` };
    }),
  },
  {
    operationId: 'listFindings',
    expected: everybody<unknown>([], {
      admin: [COURSE, RESEARCH],
      instructor: [COURSE],
      researcher: [RESEARCH],
      service: [COURSE, RESEARCH],
    }),
    try: lists('/findings', ({ environments }) => names(environments)),
  },
  {
    operationId: 'lookForFindings',
    expected: everybody<Outcome>('no', {
      admin: 'yes',
      instructor: 'yes',
      researcher: 'yes',
    }),
    try: tries({ method: 'post', path: '/findings/look' }),
  },
  {
    operationId: 'listApprovalLimits',
    expected: everybody<unknown>([], {
      admin: [COURSE, RESEARCH],
      instructor: [COURSE],
      researcher: [RESEARCH],
      service: [COURSE, RESEARCH],
    }),
    try: lists('/approval-limits', ({ environments }) =>
      [...environments].sort(),
    ),
  },
  {
    operationId: 'putApprovalLimits',
    expected: everybody<Outcome>('no', { admin: 'yes', instructor: 'yes' }),
    try: tries({
      method: 'post',
      path: '/approval-limits',
      body: { environment: COURSE, limits: { workers: 0 } },
    }),
  },
  {
    operationId: 'listOrderRequests',
    expected: everybody<unknown>([], {
      admin: ['instructor', 'student1', 'student2'],
      instructor: ['instructor', 'student1', 'student2'],
      student1: ['student1', 'student2'],
      student2: ['student2'],
      service: 'no',
    }),
    try: options =>
      lists('/order-requests', ({ items }) =>
        items
          .map(({ id }: { id: string }) =>
            requestNames.find(
              (who: RequestName) => options.scene.requests[who] === id,
            ),
          )
          .sort(),
      )(options),
  },
  {
    operationId: 'getOrderRequest',
    expected: everybody<unknown>('none none none', {
      admin: 'yes yes yes',
      instructor: 'yes yes yes',
      student1: 'yes yes none',
      student2: 'none yes none',
      service: 'no no no',
      nobody: 'who who who',
    }),
    try: withRequests('get'),
  },
  {
    // Whoever comes second is told 409.
    operationId: 'withdrawOrderRequest',
    expected: everybody<unknown>('none none none', {
      admin: 'no no no',
      instructor: 'no no yes',
      student1: 'yes no none',
      student2: 'none yes none',
      service: 'no no no',
      nobody: 'who who who',
    }),
    try: withRequests('post', '/withdraw'),
  },
  {
    operationId: 'refuseOrderRequest',
    expected: { ...decides, nobody: 'who who who' },
    try: withRequests('post', '/refuse', { reason: 'Matrix' }),
  },
  {
    operationId: 'approveOrderRequest',
    expected: { ...decides, nobody: 'who who who' },
    try: withRequests('post', '/approve', {}),
  },
  {
    operationId: 'listAuditEntries',
    expected: adminReads,
    try: tries({ method: 'get', path: '/audit' }),
  },
  {
    operationId: 'exportAuditEntries',
    expected: adminReads,
    try: tries({ method: 'get', path: '/audit/export' }),
  },
  {
    operationId: 'verifyAudit',
    expected: adminReads,
    try: tries({ method: 'get', path: '/audit/verify' }),
  },
  {
    operationId: 'recordAuditEvent',
    expected: everybody<Outcome>('no'),
    try: tries({
      method: 'post',
      path: '/audit',
      body: {
        actor: 'user:default/admin',
        action: 'policy.save',
        outcome: 'done',
        detail: {},
      },
    }),
  },
  {
    operationId: 'listTokens',
    expected: people(),
    try: tries({ method: 'get', path: '/tokens' }),
  },
  {
    operationId: 'createToken',
    expected: people(),
    try: tries({
      method: 'post',
      path: '/tokens',
      body: { name: 'matrix', scope: 'read' },
    }),
  },
  {
    operationId: 'revokeToken',
    how: "of the administrator's",
    expected: everybody<Outcome>('none', { admin: 'yes', service: 'no' }),
    try: tries(async ({ scene }) => {
      const { token } = await madeByAdmin(scene, '/tokens', {
        name: 'matrix',
        scope: 'read',
      });
      return { method: 'post', path: `/tokens/${token.id}/revoke` };
    }),
  },
];
