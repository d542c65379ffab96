import { randomUUID } from 'node:crypto';
import { createTestDatabases } from '../__testUtils__/databases';
import { leaseBench } from '../leases/__testUtils__/leaseBench';
import { PLATFORM } from '../leases/records';
import { RestoreStore } from '../restore/RestoreStore';
import { DAY_MS, HOUR_MS } from '../time';
import { BackupSweeper } from './BackupSweeper';
import { lastMoment } from './dueBackups';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const EVERY_MS = 6 * HOUR_MS;

it('spreads the moments of clusters over the whole time between two backups', () => {
  const now = Date.UTC(2027, 0, 18, 12);
  const hours = new Set(
    Array.from({ length: 200 }, (_, n) => {
      const moment = lastMoment(`cluster-${n}`, EVERY_MS, now);
      expect(moment).toBeLessThanOrEqual(now);
      expect(moment).toBeGreaterThan(now - EVERY_MS);
      expect(lastMoment(`cluster-${n}`, EVERY_MS, moment)).toBe(moment);
      return Math.floor((now - moment) / HOUR_MS);
    }),
  );
  expect(hours.size).toBe(6);
});

describe.each(databases.eachSupportedId())('BackupSweeper on %s', id => {
  async function setUp(atOnce = 1) {
    const bench = await leaseBench(await databases.init(id));
    const { backups, clock, knex, logger, power } = bench;
    const startReplica = (everyMs: number | undefined = EVERY_MS) =>
      new BackupSweeper({
        ...{ knex, logger, power },
        now: async () => clock.database,
        restores: new RestoreStore(knex),
        settings: { everyMs, atOnce },
      });
    const order = async (name: string) => {
      const clusterId = await bench.order(90 * DAY_MS, name);
      await knex('clusters')
        .where({ id: clusterId })
        .update({ ready_at: clock.database });
      return clusterId;
    };
    const live = (): Promise<{ id: string; cluster_id: string }[]> =>
      knex('operations')
        .where({ kind: 'backup' })
        .whereNotIn('status', ['succeeded', 'failed'])
        .select('id', 'cluster_id');
    /** As the engine does. */
    const finish = async (status: 'succeeded' | 'failed' = 'succeeded') => {
      for (const { cluster_id: clusterId, id: operationId } of await live()) {
        if (status === 'succeeded')
          await knex.transaction(async tx => {
            const backup = { id: operationId, clusterId };
            await backups.begin(tx, {
              ...backup,
              initiator: PLATFORM,
              takenAt: clock.database,
              sha256: 'f'.repeat(64),
              bytes: 1,
              keys: 1,
              etcdVersion: '3.6.8-0',
              kubernetesVersion: '1.36.3',
              controlPlanes: ['demo-cp-1'],
            });
            await backups.complete(tx, backup);
          });
        await knex('operations').where({ id: operationId }).update({ status });
      }
    };
    const sweeper = startReplica();
    /** Lets hours pass, with looks and an engine that does what is begun. */
    const hours = async (count: number, status?: 'succeeded' | 'failed') => {
      for (let left = count * 4; left > 0; left--) {
        clock.database += HOUR_MS / 4;
        await sweeper.sweep();
        await finish(status);
      }
    };
    const taken = async (clusterId: string) =>
      (await bench.kinds(clusterId)).filter(kind => kind === 'backup').length;
    return {
      ...bench,
      ...{ finish, hours, live, order, startReplica, sweeper, taken },
    };
  }

  it('backs up each ready cluster once in six hours, and keeps the newest', async () => {
    const { audited, backups, hours, operations, order, taken } = await setUp();
    const one = await order('one');
    const two = await order('two');
    await hours(7);
    expect([await taken(one), await taken(two)]).toEqual([1, 1]);
    await hours(24);
    expect([await taken(one), await taken(two)]).toEqual([5, 5]);
    expect(await backups.list(one)).toHaveLength(3);
    expect((await operations.list(one))[0]).toMatchObject({
      kind: 'backup',
      initiator: PLATFORM,
      input: { reason: 'Automatic backup' },
    });
    expect(audited).toContainEqual(
      expect.objectContaining({ noun: 'cluster', verb: 'backup' }),
    );
  });

  it('leaves alone what sleeps, is new, or was backed up by a person', async () => {
    const { clock, clusters, hours, order, taken } = await setUp();
    const asleep = await order('asleep');
    await clusters.update(asleep, { phase: 'hibernated' });
    await hours(12);
    expect(await taken(asleep)).toBe(0);
    // It changed nothing while it slept; from now on it may. Its next moment is hours away.
    clock.database =
      lastMoment(asleep, EVERY_MS, clock.database) + EVERY_MS + HOUR_MS / 2;
    await clusters.update(asleep, { phase: 'ready' });
    await hours(1);
    expect(await taken(asleep)).toBe(1);
    const fresh = await order('fresh');
    await hours(1);
    expect(await taken(fresh)).toBe(0);
  });

  it('takes nobody the way to retry a restore that failed', async () => {
    const { clock, finish, hours, knex, order, sweeper, taken } = await setUp();
    const clusterId = await order('half-back');
    const restore = {
      id: randomUUID(),
      cluster_id: clusterId,
      kind: 'restore',
      status: 'failed',
      initiator: 'user:default/student-1',
      created_at: clock.database,
    };
    await knex('operations').insert(restore);
    await hours(12);
    expect(await taken(clusterId)).toBe(0);
    // It was retried.
    await knex('operations')
      .where({ id: restore.id })
      .update({ status: 'succeeded' });
    await sweeper.sweep();
    await finish();
    expect(await taken(clusterId)).toBe(1);
  });

  it('does not take more at once than it may, whoever looks', async () => {
    const { clock, finish, knex, live, order, startReplica } = await setUp();
    const ids = [];
    for (let n = 0; n < 8; n++) ids.push(await order(`c-${n}`));
    clock.database += 2 * EVERY_MS;
    const replicas = [startReplica(), startReplica()];
    for (let n = 0; n < 3; n++) for (const one of replicas) await one.sweep();
    expect(await live()).toHaveLength(1);
    // One that waits for its next try holds up nobody, but not everybody may wait.
    for (let n = 0; n < 5; n++) {
      await knex('operations')
        .where({ kind: 'backup', status: 'queued' })
        .update({ status: 'waiting' });
      await replicas[0].sweep();
    }
    expect(await live()).toHaveLength(3);
    await finish();
    for (let n = 0; n < ids.length; n++) {
      await replicas[1].sweep();
      await finish();
    }
    const done = await knex('etcd_backups').pluck('cluster_id');
    expect(done.sort()).toEqual([...ids].sort());
  });

  it('tries again at the next moment when one failed, not before', async () => {
    const { hours, order, taken } = await setUp();
    const one = await order('one');
    await hours(7, 'failed');
    expect(await taken(one)).toBe(1);
    await hours(6, 'failed');
    expect(await taken(one)).toBe(2);
  });

  it('does nothing when it is switched off, or after a restored database', async () => {
    const { clock, knex, live, order, startReplica } = await setUp();
    await order('one');
    clock.database += 2 * EVERY_MS;
    await new BackupSweeper({
      ...({ knex } as never as ConstructorParameters<typeof BackupSweeper>[0]),
      settings: { atOnce: 1 },
    }).sweep();
    await knex('database_generation').update({
      restore_state: 'detected',
      restore_reason: 'a test',
    });
    await startReplica().sweep();
    expect(await live()).toEqual([]);
  });
});
