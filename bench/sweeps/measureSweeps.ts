/* eslint-disable @backstage/no-relative-monorepo-imports -- records as the product's tests make them */
import { equal } from 'node:assert/strict';
import type { Knex } from 'knex';
import { testConfigData } from '../../plugins/kubesmith-backend/src/__testUtils__/config';
import { type Figure, figure, median } from '../figures';
import { type BenchDatabase, createDatabase } from '../list/databases';
import { fillDatabase } from '../list/fillDatabase';
import { BenchPortal } from '../portal/BenchPortal';

const SIZES = [10, 100, 1000, 10_000];
const ROUNDS = 7;

/** What runs by itself again and again, and how often, in seconds. */
const SWEEPS = {
  reconciler: { task: 'kubesmith-reconciler', everySeconds: 300 },
  leases: { task: 'kubesmith-leases', everySeconds: 60 },
  catalog: { task: 'kubesmith-refresh', everySeconds: 180 },
};
type Sweep = keyof typeof SWEEPS;

/** The catalog takes everything in, and does not go on to work on it: that is its own cost. */
const start = (database: BenchDatabase) =>
  BenchPortal.start({
    database: database.config,
    folder: database.folder,
    kubesmith: testConfigData(),
    catalog: 'still',
    world: 'records',
  });

/** What the sweeps over all clusters cost, from 10 of them to 10 000. */
export async function* measureSweeps(): AsyncGenerator<Figure> {
  const database = await createDatabase('sqlite');
  try {
    const portal = await start(database);
    const knex = database.connect();
    try {
      const bySize: Record<Sweep, number[][]> = {
        reconciler: [],
        leases: [],
        catalog: [],
      };
      for (const [index, size] of SIZES.entries()) {
        await fill(knex, { from: SIZES[index - 1] ?? 0, to: size });
        const times = await turns(portal, knex, size);
        for (const sweep of Object.keys(SWEEPS) as Sweep[])
          bySize[sweep].push(times[sweep]);
      }
      for (const sweep of Object.keys(SWEEPS) as Sweep[])
        yield asFigure(sweep, bySize[sweep]);
    } finally {
      await knex.destroy();
      await portal.stop();
    }
  } finally {
    await database.remove();
  }
}

async function fill(
  knex: Knex,
  part: { from: number; to: number },
): Promise<void> {
  await fillDatabase(knex, part);
  const known: { id: string }[] = await knex('clusters')
    .leftJoin('secrets', 'secrets.owner_id', 'clusters.id')
    .whereNull('secrets.owner_id')
    .select('clusters.id');
  // Only that it is there is looked at.
  const state = { name: 'terraform-state', key_id: 'k1', created_at: 1 };
  await knex.batchInsert(
    'secrets',
    known.map(({ id }) => ({
      ...state,
      owner_id: id,
      nonce: 'none',
      ciphertext: 'none',
    })),
    500,
  );
}

async function turns(
  portal: BenchPortal,
  knex: Knex,
  size: number,
): Promise<Record<Sweep, number[]>> {
  const times: Record<Sweep, number[]> = {
    reconciler: [],
    leases: [],
    catalog: [],
  };
  // The first turn sees what is new: warnings are sent, entities written.
  for (let round = -1; round < ROUNDS; round++) {
    // Else it would rest.
    await knex('reconciler_state').update({ finished_at: null });
    for (const sweep of Object.keys(SWEEPS) as Sweep[]) {
      const { ms } = await portal.turn(SWEEPS[sweep].task);
      if (round >= 0) times[sweep].push(ms);
    }
  }
  await check(knex, size);
  return times;
}

/** Each sweep saw all clusters, and found nothing to complain about. */
async function check(knex: Knex, size: number): Promise<void> {
  const [{ clusters }] = await knex('clusters').count('* as clusters');
  equal(Number(clusters), size, 'There are not as many clusters as meant');
  const looked = await knex('reconciler_state').first('finished_at');
  equal(typeof looked.finished_at, 'number', 'The reconciler did not look');
  const findings = await knex('findings').select('kind', 'detail').limit(1);
  equal(findings.length, 0, `It found ${JSON.stringify(findings)}`);
}

function asFigure(sweep: Sweep, bySize: number[][]): Figure {
  const { everySeconds } = SWEEPS[sweep];
  const most = bySize.at(-1)!;
  const all = SIZES.map(
    (size, index) => `${size}: ${median(bySize[index]).toFixed(1)} ms`,
  );
  const perCluster = median(most) / SIZES.at(-1)!;
  const before = median(bySize.at(-2)!) / SIZES.at(-2)!;
  return figure({
    name: `sweep.${sweep}.10000`,
    values: most,
    note: `For comparison, milliseconds of one turn over 10 000 clusters with two nodes each, on SQLite; every ${everySeconds} s, so ${(
      median(most) /
      everySeconds /
      10
    ).toFixed(2)} % of the time. ${all.join(', ')}; a cluster costs ${(
      perCluster / before
    ).toFixed(
      2,
    )} times as much among 10 000 as among 1000. Proxmox is simulated and answers at once.`,
  });
}
