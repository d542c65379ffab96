/* eslint-disable jest/no-export -- two files run these tests, with few schedules and with many */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createKnex, { type Knex } from 'knex';
import { operationPlans } from '../../../operations/plans';
import { randomSchedule } from './randomSchedule';
import { SimulatedWorld } from './SimulatedWorld';
import { simulatedKinds, withoutSchedules } from './simulatedKinds';

/** Schedules on one database. */
const PER_WORLD = 20;
const ENOUGH_FOR_ALL = 200;

/**
 * Runs random schedules. A failure names its seed: `KUBESMITH_TEST_SEED=n` runs that one alone.
 *
 * @param count - how many
 */
export function schedulesTests(count: number): void {
  const only = process.env.KUBESMITH_TEST_SEED;
  const seeds = only
    ? [Number(only)]
    : Array.from({ length: count }, (_, index) => index + 1);

  describe('Random schedules of kill -9 (hosts and tools SIMULATED)', () => {
    let folder: string;
    let knex: Knex;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'kubesmith-simulated-'));
    });
    afterAll(async () => {
      await knex?.destroy();
      await rm(folder, { recursive: true, force: true });
    });

    it(`${seeds.length} of them keep every invariant, and every cluster comes to its end`, async () => {
      const totals = { deaths: 0, kinds: new Map<string, number>() };
      let world!: SimulatedWorld;
      for (const [index, seed] of seeds.entries()) {
        if (index % PER_WORLD === 0) {
          await knex?.destroy();
          knex = createKnex({
            client: 'better-sqlite3',
            connection: ':memory:',
            useNullAsDefault: true,
          });
          world = await SimulatedWorld.create(knex, folder);
        }
        try {
          const { deaths, kinds } = await randomSchedule(world, seed);
          totals.deaths += deaths.length;
          for (const kind of kinds)
            totals.kinds.set(kind, (totals.kinds.get(kind) ?? 0) + 1);
        } catch (error) {
          throw new Error(`Seed ${seed}: ${(error as Error).message}`, {
            cause: error,
          });
        }
      }
      if (only) return;
      expect(totals.deaths).toBeGreaterThan(count);
      // With many of them every kind that joined was there.
      const wanted = [
        'create',
        'delete',
        ...simulatedKinds.map(({ kind }) => kind),
      ];
      const missing = wanted.filter(kind => !totals.kinds.has(kind));
      expect(count >= ENOUGH_FOR_ALL ? missing : []).toEqual([]);
    });

    it('know every kind of operation that has steps', () => {
      const known = [
        'create',
        'delete',
        ...simulatedKinds.map(({ kind }) => kind),
        ...Object.keys(withoutSchedules),
      ];
      const withSteps = Object.entries(operationPlans)
        .filter(([, steps]) => steps.length > 1)
        .map(([kind]) => kind);
      expect(withSteps.filter(kind => !known.includes(kind))).toEqual([]);
    });
  });
}
