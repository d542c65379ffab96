/* eslint-disable @backstage/no-relative-monorepo-imports -- the store alone, which its package does not export */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { repeatWhenBusy } from '../../plugins/kubesmith-backend/src/database/repeatWhenBusy';
import { PoolStore } from '../../plugins/kubesmith-backend/src/pools/PoolStore';
import { type Figure, figure } from '../figures';
import { type Engine, createDatabase } from '../list/databases';
import { describePairs, measurePairs } from '../measure';

const ORDERS = 64;
const POOL = 'bench';
const MIGRATIONS = join(
  __dirname,
  '../../plugins/kubesmith-backend/migrations',
);

/** What 64 orders for addresses at once take, against the same 64 in a row. */
export async function* measureAllocation(
  engine: Engine,
): AsyncGenerator<Figure> {
  const database = await createDatabase(engine);
  await database.create();
  const knex = database.connect();
  try {
    await knex.migrate.latest({ directory: MIGRATIONS });
    const pools = new PoolStore(knex);
    await pools.configure([
      {
        name: POOL,
        cidr: '10.50.0.0/16',
        first: '10.50.0.10',
        last: '10.50.255.200',
        gateway: '10.50.0.1',
        prefixLength: 16,
        dnsServers: [],
        quarantineMs: 0,
      },
    ]);
    const taken = new Set<string>();
    const take = () =>
      repeatWhenBusy(() =>
        knex.transaction(async tx => {
          await pools.lock(tx, POOL);
          return pools.allocate(tx, {
            poolId: POOL,
            // No cluster has them: only the allocation is measured.
            clusterId: randomUUID(),
            operationId: randomUUID(),
            slots: ['vip', 'cp-1', 'w-1'],
          });
        }),
      ).then(addresses => addresses.forEach(each => taken.add(each)));
    const empty = (tx: Knex) =>
      tx('ip_addresses').where({ pool_id: POOL, state: 'held' }).delete();
    const round = async (orders: () => Promise<unknown>) => {
      taken.clear();
      await empty(knex);
      const begun = performance.now();
      await orders();
      const ms = performance.now() - begun;
      if (taken.size !== ORDERS * 3)
        throw new Error(`${taken.size} addresses for ${ORDERS} orders of 3`);
      return ms;
    };
    const times = { a: [] as number[], b: [] as number[] };
    await measurePairs(
      {
        a: async () =>
          times.a.push(
            await round(() =>
              Promise.all(Array.from({ length: ORDERS }, take)),
            ),
          ),
        b: async () =>
          times.b.push(
            await round(async () => {
              for (let n = 0; n < ORDERS; n++) await take();
            }),
          ),
      },
      { pairs: 7, calls: 1, warmUp: 1 },
    );
    // The emptying in between is not part of it, and neither is the first pair.
    const pairs = times.a.slice(1).map((a, n) => ({ a, b: times.b[n + 1] }));
    yield figure({
      name: `pools.64-at-once.${engine}`,
      values: pairs.map(({ a, b }) => a / b),
      target: { atMost: 1.3 },
      note: `${ORDERS} orders of three addresses at once / one after the other, in one process, each its own transaction, all addresses different: ${describePairs(
        pairs,
      )}.`,
    });
  } finally {
    await knex.destroy();
    await database.remove();
  }
}
