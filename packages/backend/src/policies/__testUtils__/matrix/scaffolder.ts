import { setTimeout as delay } from 'node:timers/promises';
import {
  creationActions,
  doorActions,
  stepActions,
  templateOf,
} from './actionTemplates';
import { type AskerName, askers, peopleNames } from './askers';
import { COURSE, type Scene } from './scene';
import { type ClusterName, seenBy, standingOf } from './standings';
import { until } from './startPortal';
import { type Tally, outcomeOf } from './Tally';

/** Who may not watch is told so at once. */
const WATCHED_MS = 1500;
const TASKS = '/scaffolder/v2/tasks';

/** Runs one action as somebody. Returns how the task ended, or why there is none. */
async function run(
  { portal }: Scene,
  asker: AskerName,
  action: string,
  values: object,
  watches = false,
): Promise<{ id?: string; ended: string }> {
  const { call } = portal;
  const started = await call(askers[asker], 'post', TASKS, {
    templateRef: `template:default/${templateOf(action)}`,
    values,
  });
  if (started.status !== 201) return { ended: outcomeOf(started) };
  const { id } = started.body;
  const statusOf = async () =>
    (await call(askers[asker], 'get', `${TASKS}/${id}`)).body.status as string;
  if (watches) {
    await until(
      async () => (await statusOf()) === 'processing',
      'the beginning of a task',
    );
    await delay(WATCHED_MS);
    const status = await statusOf();
    await call(askers[asker], 'post', `${TASKS}/${id}/cancel`);
    return { id, ended: status === 'processing' ? 'watches' : status };
  }
  const ended = await until(async () => {
    const status = await statusOf();
    return ['completed', 'failed', 'cancelled'].includes(status)
      ? status
      : undefined;
  }, `the end of the task that runs ${action}`);
  return { id, ended };
}

const mayOrder: AskerName[] = ['admin', 'instructor', 'student1', 'student2'];

/** Every action of ours, run by everybody: begins what the person may begin, and goes on with nothing of others. */
export async function checkActions(scene: Scene, tally: Tally): Promise<void> {
  const { body } = await scene.portal.call(
    askers.student1,
    'get',
    '/scaffolder/v2/actions',
  );
  tally.check(
    'the actions that are ours',
    [...doorActions, ...stepActions].sort(),
    (body as { id: string }[])
      .map(({ id }) => id)
      .filter(id => id.startsWith('kubesmith:'))
      .sort(),
  );

  await Promise.all(
    peopleNames.map(async asker => {
      const order = {
        name: `task${asker.toLowerCase()}`,
        environment: COURSE,
        size: 'small',
        workers: 0,
      };
      const { id, ended } = await run(
        scene,
        asker,
        'kubesmith:cluster:reserve',
        order,
      );
      tally.check(
        `${asker}: runs kubesmith:cluster:reserve`,
        mayOrder.includes(asker) ? 'completed' : 'failed',
        ended,
      );
      if (id) await checkTask(scene, asker, id, tally);
      const { entity, operationId } = scene.clusters.zebraown;
      // While it is being built, nobody can: those who may are told so by the API (clusterRoutes.ts).
      tally.check(
        `${asker}: runs kubesmith:operation:start on somebody's cluster`,
        'failed',
        (
          await run(scene, asker, 'kubesmith:operation:start', {
            entityRef: `resource:kubesmith/${entity}`,
            request: { kind: 'transfer', owner: 'user:default/nobody-at-all' },
          })
        ).ended,
      );
      const sees = seenBy(asker).includes('zebraown');
      for (const action of stepActions) {
        const watches = sees && creationActions.includes(action);
        tally.check(
          `${asker}: runs ${action} with somebody's operation`,
          watches ? 'watches' : 'failed',
          (await run(scene, asker, action, { operationId }, watches)).ended,
        );
      }
    }),
  );
  const requested = await scene.portal.stores
    .knex('operation_steps')
    .where({ operation_id: scene.clusters.zebraown.operationId })
    .whereNotNull('requested_at')
    .pluck('name');
  tally.check(
    'the steps that were due before and are due now',
    // The scaffolder asked for it by the API, in portalRoutes.ts.
    ['machines'],
    requested,
  );
}

/** Deletions through the scaffolder. Last of all: afterwards there is nothing to use any more. */
export async function checkDeletions(
  scene: Scene,
  clusters: readonly ClusterName[],
  tally: Tally,
): Promise<void> {
  const allowed = ['admin', 'ownerLead', 'owner', 'lead'];
  await Promise.all(
    peopleNames.map(async asker => {
      for (const cluster of clusters) {
        const { entity } = scene.clusters[cluster];
        const { ended } = await run(scene, asker, 'kubesmith:cluster:delete', {
          entityRef: `resource:kubesmith/${entity}`,
        });
        tally.check(
          `${asker}: runs kubesmith:cluster:delete of ${cluster}`,
          allowed.includes(standingOf(asker, cluster)) ? 'completed' : 'failed',
          ended,
        );
      }
    }),
  );
}

/** Everybody looks at somebody's task, and tries to change it: it is for who started it, and for administrators. */
async function checkTask(
  { portal: { call } }: Scene,
  owner: AskerName,
  id: string,
  tally: Tally,
): Promise<void> {
  for (const asker of peopleNames) {
    const expected = asker === owner || asker === 'admin' ? 'yes' : 'no';
    const who = askers[asker];
    for (const [what, answer] of [
      ['reads', call(who, 'get', `${TASKS}/${id}`)],
      ['reads the log of', call(who, 'get', `${TASKS}/${id}/events`)],
      ['cancels', call(who, 'post', `${TASKS}/${id}/cancel`)],
    ] as const)
      tally.check(
        `${asker}: ${what} the task of ${owner}`,
        expected,
        outcomeOf(await answer),
      );
    const { body } = await call(who, 'get', TASKS);
    tally.check(
      `${asker}: finds the task of ${owner} in the list`,
      expected === 'yes',
      body.tasks.some((task: { id: string }) => task.id === id),
    );
  }
}

/** Templates of one's own are programs in the backend: only for administrators. */
export async function checkDryRuns(
  { portal }: Scene,
  asker: AskerName,
  tally: Tally,
): Promise<void> {
  if (asker === 'service') return;
  const answer = await portal.call(
    askers[asker],
    'post',
    '/scaffolder/v2/dry-run',
    {
      template: {
        apiVersion: 'scaffolder.backstage.io/v1beta3',
        kind: 'Template',
        metadata: { name: 'mine', namespace: 'default' },
        spec: {
          type: 'test',
          owner: 'group:default/administrators',
          steps: [
            {
              id: 'log',
              name: 'Log',
              action: 'debug:log',
              input: { message: 'x' },
            },
          ],
        },
      },
      values: {},
      directoryContents: [],
    },
  );
  const named: Partial<Record<AskerName, string>> = {
    admin: 'yes',
    nobody: 'who',
  };
  tally.check(
    `${asker}: tries out a template of their own`,
    named[asker] ?? 'no',
    outcomeOf(answer),
  );
}
