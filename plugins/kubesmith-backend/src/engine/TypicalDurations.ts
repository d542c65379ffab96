import type { OperationKind } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import { operationPlans } from '../operations/plans';

const SAMPLES = 20;
const REFRESH_MS = 60_000;

type Lookup = (kind: OperationKind, step: string) => number;

/** How long each step usually takes: the median of its last successful runs, or our estimate. Read at most once a minute. */
export class TypicalDurations {
  readonly #knex: Knex;
  #medians = new Map<string, number>();
  #readAt = -Infinity;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  async get(tx: Knex = this.#knex): Promise<Lookup> {
    if (performance.now() > this.#readAt + REFRESH_MS) {
      this.#readAt = performance.now();
      this.#medians = await readMedians(tx);
    }
    return (kind, step) =>
      this.#medians.get(`${kind}/${step}`) ??
      operationPlans[kind].find(({ name }) => name === step)?.typicalSeconds ??
      0;
  }
}

async function readMedians(knex: Knex): Promise<Map<string, number>> {
  const medians = new Map<string, number>();
  for (const [kind, steps] of Object.entries(operationPlans)) {
    for (const { name } of steps) {
      const rows: { ms: number | string }[] = await knex('operation_steps as s')
        .join('operations as o', 'o.id', 's.operation_id')
        .where({
          'o.kind': kind,
          's.name': name,
          's.status': 'succeeded',
          's.attempt': 1,
        })
        .whereNotNull('s.started_at')
        .orderBy('s.finished_at', 'desc')
        .limit(SAMPLES)
        .select({ ms: knex.raw('s.finished_at - s.started_at') });
      const sorted = rows.map(row => Number(row.ms)).sort((a, b) => a - b);
      if (sorted.length > 0)
        medians.set(
          `${kind}/${name}`,
          Math.round(sorted[Math.floor(sorted.length / 2)] / 100) / 10,
        );
    }
  }
  return medians;
}
