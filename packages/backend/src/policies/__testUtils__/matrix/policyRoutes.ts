import type { AskerName } from './askers';
import { askers } from './askers';
import type { Scene } from './scene';
import { type ClusterName, seenBy } from './standings';
import { asPlugin } from './startPortal';
import { type Tally, outcomeOf } from './Tally';

type Row = {
  method: 'get' | 'post' | 'put';
  path: string;
  body?: (scene: Scene) => object;
  /** By hand: for administrators; everybody else is refused. */
  admin: string;
  /** For other people, when that is not `no`. */
  others?: string;
};

const POLICIES = '/permission/kubesmith/policies';

/** By hand: the policies' own API. Whoever may do what makes no sense (an empty change) is told 400 or 409, not 403. */
const rows: Row[] = [
  { method: 'get', path: '', admin: 'yes' },
  { method: 'get', path: '/export', admin: 'yes' },
  { method: 'get', path: '/versions', admin: 'yes' },
  { method: 'get', path: '/versions/1', admin: 'yes' },
  {
    method: 'post',
    path: '/validate',
    body: () => ({ yaml: 'roles: []' }),
    admin: 'yes',
  },
  {
    method: 'post',
    path: '/preview',
    body: ({ policies }) => ({ yaml: policies }),
    admin: 'yes',
  },
  {
    method: 'put',
    path: '',
    body: ({ policies }) => ({
      yaml: policies,
      expectedVersion: 999,
      reason: 'Matrix',
    }),
    admin: 'yes',
  },
  {
    method: 'post',
    path: '/rollback',
    body: () => ({ toVersion: 1, expectedVersion: 999, reason: 'Matrix' }),
    admin: 'yes',
  },
  { method: 'get', path: '/explain', admin: 'yes', others: 'yes' },
  {
    method: 'get',
    path: '/explain?user=user:default/spare-0',
    admin: 'yes',
  },
];

/** The decisions about people who are not there are for the Kubesmith plugin only. */
const DECISIONS = '/permission/kubesmith/decisions';

/** Looking at and changing the policies, and asking what somebody may do. */
export async function checkPolicyRoutes(
  scene: Scene,
  asker: AskerName,
  tally: Tally,
): Promise<void> {
  const who =
    asker === 'service' ? asPlugin('catalog', 'permission') : askers[asker];
  const { call } = scene.portal;
  for (const { method, path, body, admin, others = 'no' } of rows) {
    const named: Partial<Record<AskerName, string>> = {
      admin,
      service: 'no',
      nobody: 'who',
    };
    tally.check(
      `${asker}: ${method.toUpperCase()} policies${path}`,
      named[asker] ?? others,
      outcomeOf(await call(who, method, `${POLICIES}${path}`, body?.(scene))),
    );
  }
  tally.check(
    `${asker}: decisions about somebody else`,
    asker === 'nobody' ? 'who' : 'no',
    outcomeOf(
      await call(who, 'post', DECISIONS, {
        userRef: 'user:default/student-1',
        permissions: ['kubesmith.cluster.read'],
      }),
    ),
  );
  for (const [name, { id }] of Object.entries(scene.clusters)) {
    if (asker === 'service' || asker === 'nobody') continue;
    tally.check(
      `${asker}: what may I do with ${name}`,
      seenBy(asker).includes(name as ClusterName) ? 'yes' : 'none',
      outcomeOf(await call(who, 'get', `${POLICIES}/explain?cluster=${id}`)),
    );
  }
}
