import { randomUUID } from 'node:crypto';
import { type AskerName, askerNames, askers } from './askers';
import { spares } from './people';
import { COURSE, RESEARCH, type Scene, inDays } from './scene';
import type { ClusterName, Standing } from './standings';
import type { Answer, Outcome } from './Tally';

/** Somebody tries something with one cluster. */
export type Try = {
  scene: Scene;
  asker: AskerName;
  cluster: ClusterName;
};

/** One route of the API that is about one cluster, or one way to use it. */
export type ClusterRoute = {
  /** The operation's id in the API document. */
  operationId: string;
  /** Which way to use it, when there are several. */
  how?: string;
  /** By hand: what comes of it. */
  expected: Record<Standing, Outcome>;
  try: (options: Try) => Promise<Answer>;
};

const read: Record<Standing, Outcome> = {
  admin: 'yes',
  ownerLead: 'yes',
  owner: 'yes',
  lead: 'yes',
  viewer: 'yes',
  shared: 'yes',
  nothing: 'none',
  service: 'yes',
  nobody: 'who',
};

/** What only people do; `no` for those who see the cluster, unless named. */
const change = (
  allowed: Partial<Record<Standing, Outcome>>,
): Record<Standing, Outcome> => ({
  admin: 'yes',
  ownerLead: 'no',
  owner: 'no',
  lead: 'no',
  viewer: 'no',
  shared: 'no',
  nothing: 'none',
  service: 'no',
  nobody: 'who',
  ...allowed,
});

const byOwners = change({ ownerLead: 'yes', owner: 'yes' });
const byLeads = change({ ownerLead: 'yes', lead: 'yes' });
const byBoth = change({ ownerLead: 'yes', owner: 'yes', lead: 'yes' });

const V1 = '/kubesmith/v1';

const send =
  (
    method: 'get' | 'post',
    path: (options: Try) => string | Promise<string>,
    body?: (options: Try) => object,
  ): ClusterRoute['try'] =>
  async options =>
    options.scene.portal.call(
      askers[options.asker],
      method,
      `${V1}${await path(options)}`,
      method === 'post' ? body?.(options) ?? {} : undefined,
    );

const ofCluster =
  (rest = '') =>
  ({ scene, cluster }: Try) =>
    `/clusters/${scene.clusters[cluster].id}${rest}`;

const ofOperation =
  (rest = '') =>
  ({ scene, cluster }: Try) =>
    `/operations/${scene.clusters[cluster].operationId}${rest}`;

/** The administrator makes something that is then tried to be ended. */
async function made({ scene, cluster }: Try, what: string, body: object) {
  const path = `${V1}/clusters/${scene.clusters[cluster].id}/${what}`;
  const answer = await scene.portal.call(askers.admin, 'post', path, body);
  if (answer.status >= 300)
    throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Each who tries it has somebody of their own to share with: nothing is shared twice. */
const shareWith = (asker: AskerName, offset: number) => ({
  subject: spares[askerNames.indexOf(asker) + offset],
  role: 'viewer',
  until: inDays(1),
});

/** What a kind of operation cannot be asked for without: a backup that there is not. */
const requestOf = (kind: string) => ({
  kind,
  ...(kind === 'restore' && { backup: randomUUID() }),
  ...(kind === 'upgrade' && { kubernetesVersion: '9.9.9' }),
});

/** A plan that nobody agreed to is not carried out: whoever may is told so. */
const notAgreed = (kind: string) => () => ({
  requestId: randomUUID(),
  request: requestOf(kind),
  fingerprint: 'of-another-plan',
});

/** To nobody whom the catalog knows: whoever may is told so. */
const transfer = { kind: 'transfer', owner: 'user:default/nobody-at-all' };

/** To no worker at all: whoever may scale is told that it cannot be. */
const scale = { kind: 'scale', workers: 0 };

/** To a size that there is not: the same. */
const resize = { kind: 'resize', size: 'none-such' };

/** By hand: every route about one cluster. What changes a cluster for good comes last. */
export const clusterRoutes: ClusterRoute[] = [
  { operationId: 'getCluster', expected: read, try: send('get', ofCluster()) },
  {
    operationId: 'listOperations',
    expected: read,
    try: send('get', ofCluster('/operations')),
  },
  {
    operationId: 'getOperation',
    expected: read,
    try: send('get', ofOperation()),
  },
  {
    operationId: 'listOperationEvents',
    expected: read,
    try: send('get', ofOperation('/events')),
  },
  {
    operationId: 'listBackups',
    expected: read,
    try: send('get', ofCluster('/backups')),
  },
  {
    operationId: 'listGrants',
    expected: read,
    try: send('get', ofCluster('/grants')),
  },
  {
    operationId: 'getGrantOptions',
    expected: read,
    try: send('get', ofCluster('/grants/options')),
  },
  {
    operationId: 'listShares',
    expected: read,
    try: send('get', ofCluster('/shares')),
  },
  {
    operationId: 'getLease',
    expected: read,
    try: send('get', ofCluster('/lease')),
  },
  {
    operationId: 'getArchive',
    expected: read,
    try: send('get', ofCluster('/archive')),
  },
  {
    operationId: 'issueGrant',
    how: 'as viewer',
    expected: { ...byOwners, shared: 'yes' },
    try: send('post', ofCluster('/grants'), () => ({ role: 'viewer' })),
  },
  {
    operationId: 'issueGrant',
    how: 'as editor',
    expected: byOwners,
    try: send('post', ofCluster('/grants'), () => ({ role: 'editor' })),
  },
  {
    operationId: 'issueGrant',
    how: 'as administrator',
    expected: byOwners,
    try: send('post', ofCluster('/grants'), () => ({ role: 'administrator' })),
  },
  {
    operationId: 'revokeGrant',
    how: 'of somebody else',
    expected: byOwners,
    try: send('post', async options => {
      const { grant } = await made(options, 'grants', { role: 'viewer' });
      return `/grants/${grant.id}/revoke`;
    }),
  },
  {
    operationId: 'createShare',
    expected: byOwners,
    try: send('post', ofCluster('/shares'), ({ asker }) => shareWith(asker, 0)),
  },
  {
    operationId: 'endShare',
    expected: byOwners,
    try: send('post', async options => {
      const { id } = await made(
        options,
        'shares',
        shareWith(options.asker, 10),
      );
      return `/shares/${id}/end`;
    }),
  },
  {
    operationId: 'extendLease',
    expected: byBoth,
    // As far from now as the environment allows: later each time.
    try: send('post', ofCluster('/extend'), () => ({ days: 90 })),
  },
  {
    operationId: 'holdLease',
    expected: byLeads,
    try: send('post', ofCluster('/lease/hold'), () => ({ reason: 'Matrix' })),
  },
  {
    operationId: 'releaseLease',
    expected: byLeads,
    try: send('post', ofCluster('/lease/release')),
  },
  {
    // Their networks differ, so that whoever may is told 409.
    operationId: 'moveCluster',
    expected: change({}),
    try: send('post', ofCluster('/move'), ({ cluster }) => ({
      environment: /elsewhere|shared/.test(cluster) ? COURSE : RESEARCH,
    })),
  },
  {
    operationId: 'listPossibleOperations',
    expected: read,
    try: send('get', ofCluster('/operations/possible')),
  },
  {
    operationId: 'listSnapshots',
    expected: read,
    try: send('get', ofCluster('/snapshots')),
  },
  {
    operationId: 'planOperation',
    how: 'snapshot',
    expected: byOwners,
    try: send('post', ofCluster('/operations/plan'), () => ({
      kind: 'snapshot',
      label: 'Matrix',
    })),
  },
  {
    operationId: 'startOperation',
    how: 'rollback',
    expected: byOwners,
    try: send('post', ofCluster('/operations'), () => ({
      requestId: randomUUID(),
      request: { kind: 'rollback', snapshot: randomUUID() },
    })),
  },
  {
    operationId: 'planOperation',
    how: 'transfer',
    expected: byOwners,
    try: send('post', ofCluster('/operations/plan'), () => transfer),
  },
  {
    operationId: 'startOperation',
    how: 'transfer',
    expected: byOwners,
    try: send('post', ofCluster('/operations'), () => ({
      requestId: randomUUID(),
      request: transfer,
    })),
  },
  ...[scale, resize].flatMap((request): ClusterRoute[] => [
    {
      operationId: 'planOperation',
      how: request.kind,
      expected: byOwners,
      try: send('post', ofCluster('/operations/plan'), () => request),
    },
    {
      operationId: 'startOperation',
      how: request.kind,
      expected: byOwners,
      try: send('post', ofCluster('/operations'), () => ({
        requestId: randomUUID(),
        request,
      })),
    },
  ]),
  ...[
    'hibernate',
    'wake',
    'repair',
    'renew',
    'upgrade',
    'backup',
    'restore',
  ].flatMap((how): ClusterRoute[] => [
    {
      operationId: 'planOperation',
      how,
      expected: byOwners,
      try: send('post', ofCluster('/operations/plan'), () => requestOf(how)),
    },
    {
      operationId: 'startOperation',
      how,
      expected: byOwners,
      try: send('post', ofCluster('/operations'), notAgreed(how)),
    },
  ]),
  {
    operationId: 'getSchedule',
    expected: read,
    try: send('get', ofCluster('/schedule')),
  },
  {
    operationId: 'setSchedule',
    expected: byOwners,
    try: send('post', ofCluster('/schedule'), () => ({
      timetable: { sleep: '0 20 * * 1-5', timeZone: 'Europe/Berlin' },
    })),
  },
  {
    operationId: 'snoozeSchedule',
    expected: byOwners,
    try: send('post', ofCluster('/schedule/snooze'), () => ({})),
  },
  {
    operationId: 'cancelOperation',
    expected: byBoth,
    try: send('post', ofOperation('/cancel')),
  },
  {
    operationId: 'retryOperation',
    expected: byBoth,
    try: send('post', ofOperation('/retry')),
  },
  {
    operationId: 'deleteCluster',
    expected: byBoth,
    try: send('post', ofCluster('/delete'), () => ({
      requestId: randomUUID(),
    })),
  },
];
