import { setTimeout as delay } from 'node:timers/promises';
import { type Figure, figure, median } from '../figures';
import type { BenchPortal } from '../portal/BenchPortal';
import { type DoneStep, OrderScene } from './OrderScene';

/** Where the process that works is killed: so long after a step began. One pair each. */
const POINTS = [
  { step: 'machines', afterMs: 1500 },
  { step: 'machines', afterMs: 5000 },
  { step: 'kubernetes', afterMs: 500 },
  { step: 'kubernetes', afterMs: 4000 },
  { step: 'machines', afterMs: 3000 },
];
const POLL_MS = 20;
const LIMIT_MS = 5 * 60_000;

const begin = (steps: DoneStep[], step: string) =>
  steps.find(({ name }) => name === step)!.startedAt;

/** How long a creation takes on after kill -9, against one that goes on. */
export async function* measureResume(): AsyncGenerator<Figure> {
  const scene = await OrderScene.create({
    tasks: { qmclone: 8000, qmstart: 1000 },
    playbookSeconds: 10,
  });
  try {
    let working = await scene.portal();
    let waiting = await scene.portal();
    await scene.built(await scene.order(working));
    const pairs: { resumed: number; remaining: number; whole: number }[] = [];
    for (const point of POINTS) {
      const undisturbed = await scene.built(await scene.order(working));
      const killed = await killAt(scene, [working, waiting], point);
      const steps = await scene.built(killed.placed);
      checkOnce(steps);
      const end = undisturbed.at(-1)!.finishedAt;
      pairs.push({
        resumed: steps.at(-1)!.finishedAt - killed.at,
        remaining: end - (begin(undisturbed, point.step) + point.afterMs),
        whole: end - undisturbed[1].startedAt,
      });
      working = killed.survivor;
      waiting = await scene.portal();
    }
    const text = (of: 'resumed' | 'remaining' | 'whole') =>
      `${(median(pairs.map(pair => pair[of])) / 1000).toFixed(1)} s`;
    yield figure({
      name: 'resume.after-kill',
      values: pairs.map(({ resumed, remaining }) => resumed / remaining),
      target: { atMost: 1.1 },
      note: `From kill -9 of the process that works to the end of the creation, without the rest of its lease (at most 30 s, which another process waits) / what was left to do at the same point of one that goes on, at five points of the steps machines and kubernetes: ${text(
        'resumed',
      )} / ${text('remaining')}. From the beginning it would be ${text(
        'whole',
      )}. The other steps take no time here. Real: two backend processes, engine, supervisor, Terraform, provider. Stand-ins: the API double of Proxmox with clones of 8 s, a script that waits 10 s for the playbook, nodes that answer at once.`,
      why: 'The other process looks for work once a second, and proves which machines are its own before it goes on.',
    });
  } finally {
    await scene.close();
  }
}

/** Kills the process that works on an order at a point, and ends its lease: that time is not what is measured. */
async function killAt(
  scene: OrderScene,
  portals: BenchPortal[],
  { step, afterMs }: (typeof POINTS)[number],
) {
  const placed = await scene.order(portals[0]);
  const { operationId } = placed;
  const startedAt = await stepBegins(scene, operationId, step);
  await delay(Math.max(0, startedAt + afterMs - Date.now()));
  const { lease_owner: owner } = await scene
    .knex('operations')
    .where({ id: operationId })
    .first('lease_owner');
  const victim = portals.find(({ pid }) => owner?.split('/')[1] === `${pid}`);
  const survivor = portals.find(portal => portal !== victim);
  if (!victim || !survivor) throw new Error(`Nobody works on it: ${owner}`);
  const at = Date.now();
  await victim.kill();
  await scene.knex('operations').where({ id: operationId }).update({
    lease_until: 1,
  });
  return { at, placed, survivor };
}

async function stepBegins(
  scene: OrderScene,
  operationId: string,
  name: string,
): Promise<number> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const row = await scene
      .knex('operation_steps')
      .where({ operation_id: operationId, name })
      .first('started_at', 'finished_at');
    if (row?.finished_at) throw new Error(`${name} was over too soon`);
    if (row?.started_at) return Number(row.started_at);
    if (performance.now() > deadline) throw new Error(`No ${name}`);
    await delay(POLL_MS);
  }
}

/** Nothing was done over again from the beginning. */
function checkOnce(steps: DoneStep[]): void {
  for (const { finishedAt, name, startedAt } of steps)
    if (!(finishedAt >= startedAt)) throw new Error(`${name} has no end`);
}
