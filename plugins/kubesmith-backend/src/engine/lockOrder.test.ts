/** The order of locks (see `OperationStore.lock`), on Postgres: SQLite has one writer at a time. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Knex } from 'knex';
import { createTestDatabases } from '../__testUtils__/databases';
import { ClusterMover } from '../environments/ClusterMover';
import { Environments } from '../environments/Environments';
import { DeletionService } from '../orders/DeletionService';
import { PoolStore } from '../pools/PoolStore';
import { QuotaStore } from '../quotas/QuotaStore';
import { Quotas } from '../quotas/Quotas';
import { environment } from '../steps/__testUtils__/workbench';
import { engineDatabase } from './__testUtils__/engineDatabase';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const postgres = databases
  .eachSupportedId()
  .map(([id]) => id)
  .filter(id => id.startsWith('POSTGRES'));

/** So long the engine's transaction leaves the other one to take its first locks. */
const AHEAD_MS = 300;

(postgres.length > 0 ? describe : describe.skip)(
  'Locks of transactions that meet',
  () => {
    async function setUp() {
      const knex = await databases.init(postgres[0]);
      const db = await engineDatabase(knex);
      const deadlocks: string[] = [];
      knex.on('query-error', (error: { code?: string }, query: Knex.Sql) => {
        if (error.code === '40P01') deadlocks.push(query.sql);
      });
      const { clusterId, operationId } = await db.order();
      const claim = async () =>
        (await db.operations.claim({ owner: 'engine', leaseMs: 60_000 }))!;
      return { ...db, claim, clusterId, deadlocks, operationId };
    }

    it('do not wait for each other: a deletion, and a step of a later operation', async () => {
      const { claim, clusterId, clusters, deadlocks, knex, ...db } =
        await setUp();
      await knex('operations').update({ status: 'succeeded' });
      const later = await db.request(clusterId, 'scale');
      const lease = await claim();
      expect(lease.operationId).toBe(later);
      const deletions = new DeletionService({
        clusters,
        knex,
        operations: db.operations,
      });
      let deletion: Promise<string> | undefined;
      await db.operations.fenced(lease, async tx => {
        deletion = deletions.request({ clusterId, initiator: 'user:x/ada' });
        await delay(AHEAD_MS);
        await clusters.update(clusterId, { phase: 'updating' }, tx);
      });
      await deletion;
      expect(deadlocks).toEqual([]);
      expect((await clusters.get(clusterId))!.phase).toBe('deleting');
      expect((await db.operations.get(later))!.cancelRequestedAt).toEqual(
        expect.any(Number),
      );
    });

    it('do not wait for each other: a move, and a step that takes another address', async () => {
      const { claim, clusterId, clusters, deadlocks, knex, ...db } =
        await setUp();
      const pools = new PoolStore(knex);
      const environments = new Environments(knex, []);
      await environments.mirror(
        [environment, { ...environment, name: 'seminar' }],
        { knex, pools },
      );
      const mover = new ClusterMover({
        clusters,
        knex,
        operations: db.operations,
        people: { claimsOf: async ref => [ref] },
        pools,
        quotas: new Quotas({ knex, store: new QuotaStore(knex) }),
        store: environments.store,
      });
      const lease = await claim();
      let move: Promise<unknown> | undefined;
      await db.operations.fenced(lease, async tx => {
        move = mover
          .move(clusterId, 'seminar', () => {})
          .catch((error: Error) => error);
        await delay(AHEAD_MS);
        await pools.lock(tx, environment.pool.name);
      });
      expect(String(await move)).toContain('an operation (create) goes on');
      expect(deadlocks).toEqual([]);
    });
  },
);
