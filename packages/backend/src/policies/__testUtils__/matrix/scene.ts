import { randomUUID } from 'node:crypto';
import { askers } from './askers';
import { type ClusterName, clusterNames } from './standings';
import { type Portal, until } from './startPortal';

/** The environment that students may order in. */
export const COURSE = 'distributed-systems-2026';
/** The other one. */
export const RESEARCH = 'research';

const DAY_MS = 86_400_000;

const owners: Record<ClusterName, [environment: string, owner: string]> = {
  zebraown: [COURSE, 'user:default/student-1'],
  zebragroup: [COURSE, 'group:default/students'],
  zebraneighbour: [COURSE, 'group:default/instructors'],
  zebraelsewhere: [RESEARCH, 'user:default/researcher'],
  zebrashared: [RESEARCH, 'user:default/researcher'],
  zebranobodys: [COURSE, 'user:default/student-1'],
};

/** A cluster of the matrix, ready, with the operation that created it. */
export type SceneCluster = { id: string; operationId: string; entity: string };

/** A portal with the clusters of the matrix. */
export type Scene = {
  clusters: Record<ClusterName, SceneCluster>;
  /** The policies in force, as YAML. */
  policies: string;
  portal: Portal;
  /** Ids of the orders that wait for an approver. */
  requests: Record<RequestName, string>;
};

/** The time in so many days. */
export const inDays = (days: number) =>
  new Date(Date.now() + days * DAY_MS).toISOString();

async function must<T extends { status: number; body: any }>(
  sent: Promise<T>,
): Promise<T> {
  const answer = await sent;
  if (answer.status >= 300)
    throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}

/** Puts the clusters of the matrix into a portal, and waits until its catalog shows them. */
export async function setScene(
  portal: Portal,
  policies: string,
): Promise<Scene> {
  const { call, stores } = portal;
  const { knex } = stores;
  const clusters = {} as Record<ClusterName, SceneCluster>;
  for (const name of clusterNames) {
    const [environment, owner] = owners[name];
    const { body } = await must(
      call(askers.admin, 'post', '/kubesmith/v1/clusters', {
        requestId: randomUUID(),
        name,
        environment,
        owner,
        size: 'small',
        workers: 0,
      }),
    );
    const { cluster, operation } = body;
    await stores.clusters.update(cluster.id, { apiServerCa: 'PEM of the CA' });
    await stores.clusters.markReady(cluster.id);
    clusters[name] = {
      id: cluster.id,
      operationId: operation.id,
      entity: `${environment}.${name}`,
    };
  }
  await must(
    call(
      askers.researcher,
      'post',
      `/kubesmith/v1/clusters/${clusters.zebrashared.id}/shares`,
      { subject: 'user:default/student-1', role: 'viewer', until: inDays(30) },
    ),
  );
  await knex('clusters').where({ id: clusters.zebranobodys.id }).update({
    environment: 'closed',
    environment_owner: 'group:default/gone',
    owner: 'user:default/gone',
  });
  clusters.zebranobodys.entity = 'closed.zebranobodys';
  // As the scaffolder would have ordered it.
  await knex('operations')
    .where({ id: clusters.zebraown.operationId })
    .update({ task_id: 'the-task' });
  await portal.refresh();
  await until(async () => {
    const { body } = await call(
      askers.admin,
      'get',
      '/catalog/entities/by-query?filter=kind=resource&limit=100',
    );
    const shown = (body.items ?? []) as {
      metadata: { name: string };
      relations?: object[];
    }[];
    return (
      shown.length === clusterNames.length &&
      Object.values(clusters).every(({ entity }) =>
        shown.some(
          ({ metadata, relations }) =>
            metadata.name === entity && relations?.length,
        ),
      )
    );
  }, 'the clusters in the catalog');
  return { clusters, policies, portal, requests: await setRequests(portal) };
}

/** By hand: the orders that wait for an approver, by who placed them. All are for the course's environment. */
export const requestNames = ['student1', 'student2', 'instructor'] as const;

/** Who placed an order that waits. */
export type RequestName = (typeof requestNames)[number];

const requestOwners: Record<RequestName, string> = {
  student1: 'user:default/student-1',
  student2: 'group:default/students',
  instructor: 'user:default/instructor',
};

/** Places them: one worker is more than may be had without asking. Returns their ids. */
async function setRequests({
  call,
}: Portal): Promise<Record<RequestName, string>> {
  const api = '/kubesmith/v1';
  await must(
    call(askers.admin, 'post', `${api}/approval-limits`, {
      environment: COURSE,
      limits: { workers: 0 },
    }),
  );
  const ids = {} as Record<RequestName, string>;
  for (const who of requestNames) {
    const { body } = await must(
      call(askers[who], 'post', `${api}/clusters`, {
        requestId: randomUUID(),
        name: `yak${who}`,
        environment: COURSE,
        owner: requestOwners[who],
        size: 'small',
        workers: 1,
      }),
    );
    ids[who] = body.orderRequest.id;
  }
  return ids;
}
