/* eslint-disable @backstage/no-relative-monorepo-imports -- records as the product's tests make them */
import { setTimeout as delay } from 'node:timers/promises';
import { EXPIRES_AT_ANNOTATION } from '@kubesmith/plugin-kubesmith-common';
import { testConfigData } from '../../plugins/kubesmith-backend/src/__testUtils__/config';
import { type Figure, figure, median } from '../figures';
import { createDatabase } from '../list/databases';
import { fillDatabase } from '../list/fillDatabase';
import { ADMINISTRATOR, CLUSTERS } from '../list/people';
import { BenchPortal } from '../portal/BenchPortal';
import type { Turn } from '../portal/settings';

const FULL = 'kubesmith-refresh';
const PAIRS = 7;
const DELTAS = 5;
/** A catalog that has to make 10 000 entities at first is busy for minutes; how many there are makes no difference when it is idle. */
const VISIBLE_OF = 300;
const CHANGES = 40;
const INGESTION_LIMIT_MS = 10 * 60_000;
const VISIBLE_LIMIT_MS = 60_000;
const POLL_MS = 25;
const DAY_MS = 86_400_000;

/** What it costs to bring one change into the catalog, and how long it takes to be seen there. */
export async function* measureCatalog(): AsyncGenerator<Figure> {
  yield* withPortal({ clusters: CLUSTERS, catalog: 'still' }, measureMutations);
  yield* withPortal(
    { clusters: VISIBLE_OF, catalog: 'working' },
    measureVisible,
  );
}

type Scene = {
  portal: BenchPortal;
  clusters: { id: string; entity: string }[];
};

async function* withPortal(
  options: { clusters: number; catalog: 'still' | 'working' },
  measure: (scene: Scene) => AsyncGenerator<Figure>,
): AsyncGenerator<Figure> {
  const database = await createDatabase('sqlite');
  try {
    const portal = await BenchPortal.start({
      database: database.config,
      folder: database.folder,
      kubesmith: testConfigData(),
      catalog: options.catalog,
      world: 'records',
    });
    const knex = database.connect();
    try {
      await fillDatabase(knex, { to: options.clusters });
      const rows = await knex('clusters').select('id', 'name', 'environment');
      const clusters = rows.map(({ id, environment, name }) => ({
        id,
        entity: `/catalog/entities/by-name/resource/kubesmith/${environment}.${name}`,
      }));
      yield* measure({ portal, clusters });
    } finally {
      await knex.destroy();
      await portal.stop();
    }
  } finally {
    await database.remove();
  }
}

async function* measureMutations({
  portal,
  clusters,
}: Scene): AsyncGenerator<Figure> {
  await portal.turn(FULL);
  const pairs: Record<'ms' | 'mutationMs', { full: number; delta: number }>[] =
    [];
  for (let pair = -1; pair < PAIRS; pair++) {
    const deltas: Turn[] = [];
    const full = await portal.turn(FULL);
    for (let n = 0; n < DELTAS; n++) {
      const { id } = clusters[(pair + 1) * 100 + n];
      deltas.push(await portal.delta(id));
    }
    if (full.mutationMs === 0 || deltas.some(each => each.mutationMs === 0))
      throw new Error('Nothing was written to the catalog');
    const of = (what: 'ms' | 'mutationMs') => ({
      full: full[what],
      delta: median(deltas.map(each => each[what])),
    });
    if (pair >= 0) pairs.push({ ms: of('ms'), mutationMs: of('mutationMs') });
  }
  const describe = (what: 'ms' | 'mutationMs') =>
    (['full', 'delta'] as const)
      .map(side => `${median(pairs.map(p => p[what][side])).toFixed(1)} ms`)
      .join(' / ');
  yield figure({
    name: 'catalog.full-against-delta',
    values: pairs.map(({ ms }) => ms.full / ms.delta),
    target: { atLeast: 30 },
    note: `Reading all of ${
      clusters.length
    } clusters and writing them to the catalog, which has them already / the same for the one that changed: ${describe(
      'ms',
    )}. Of it the catalog's writing: ${describe(
      'mutationMs',
    )}. Real: the API over HTTP, the provider, the catalog's database (SQLite). The catalog does not process what it took in.`,
  });
}

async function* measureVisible({
  portal,
  clusters,
}: Scene): AsyncGenerator<Figure> {
  await portal.turn(FULL);
  await ingested(portal, clusters.length);
  const times: number[] = [];
  for (let n = 0; n < CHANGES; n++) {
    // Not always at the same distance from the catalog's own polls.
    await delay(300 + Math.random() * 1000);
    times.push(await changeToVisible(portal, clusters[n * 7], n));
  }
  const sorted = [...times].sort((a, b) => a - b);
  // The rounds of a p95 are the changes themselves: five parts of them, each with its own.
  const parts = Array.from({ length: 5 }, (_, part) =>
    p95(times.filter((__, index) => index % 5 === part)),
  );
  const all = figure({
    name: 'catalog.change-visible-p95',
    values: [p95(sorted) / 1000],
    target: { atMost: 2 },
    note: `Seconds: p95 of ${CHANGES} changes, from the answer of the API that extends a lease until the entity in the catalog shows it, asked every ${POLL_MS} ms; p50 ${(
      median(times) / 1000
    ).toFixed(2)} s, longest ${(sorted.at(-1)! / 1000).toFixed(
      2,
    )} s. An idle portal with ${
      clusters.length
    } clusters on SQLite; of it 0.1 s are ours (changes in quick succession are told as one), up to 1 s the catalog's poll for what to process, and up to 0.25 s the one for what to show (catalog.stitchingStrategy in app-config.yaml; 1 s without it).`,
  });
  yield {
    ...all,
    spread: [Math.min(...parts) / 1000, Math.max(...parts) / 1000].map(each =>
      Number(each.toPrecision(4)),
    ) as [number, number],
  };
}

function p95(times: number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.95))];
}

async function ingested(portal: BenchPortal, count: number): Promise<void> {
  const deadline = performance.now() + INGESTION_LIMIT_MS;
  for (;;) {
    const { totalItems } = await portal.call(
      '/catalog/entities/by-query?filter=kind=resource&limit=1',
    );
    if (totalItems === count) break;
    if (performance.now() > deadline)
      throw new Error(`The catalog shows ${totalItems} of ${count} clusters`);
    await delay(1000);
  }
  // What it does after the last one became visible.
  await delay(5000);
}

async function changeToVisible(
  portal: BenchPortal,
  { id, entity }: Scene['clusters'][number],
  n: number,
): Promise<number> {
  const until = new Date(Date.now() + (95 + n / 10) * DAY_MS);
  const extend = () =>
    portal.call(`/kubesmith/v1/clusters/${id}/extend`, {
      as: ADMINISTRATOR,
      body: { until },
    });
  // Of a machine so busy that kept connections end between two requests; the measure begins with the answer.
  const lease = await extend().catch(error => {
    if (!String(error).includes('ECONNRESET')) throw error;
    return extend();
  });
  const begun = performance.now();
  for (;;) {
    const { metadata } = await portal.call(entity);
    const ms = performance.now() - begun;
    if (metadata.annotations[EXPIRES_AT_ANNOTATION] === lease.expiresAt)
      return ms;
    if (ms > VISIBLE_LIMIT_MS)
      throw new Error(`${entity} does not show ${lease.expiresAt}`);
    await delay(POLL_MS);
  }
}
