import { createTestDatabases } from '../__testUtils__/databases';
import { readDatabaseTime } from '../database/databaseTime';
import { DAY_MS } from '../time';
import { leaseBench } from './__testUtils__/leaseBench';
import { createLeases } from './createLeases';
import { PLATFORM } from './records';

jest.setTimeout(60_000);

const databases = createTestDatabases();
type Deps = Parameters<typeof createLeases>[0];

describe.each(databases.eachSupportedId())('createLeases on %s', databaseId => {
  /** As the plugin makes it, by the database's own clock; the scheduler is a list. */
  const setUp = async () => {
    const bench = await leaseBench(await databases.init(databaseId));
    const tasks: Array<{ id: string; fn: () => Promise<void> }> = [];
    const audited: unknown[] = [];
    const changed = new Set<string>();
    const told: string[] = [];
    const engine = { woken: 0, wake: () => void (engine.woken += 1) };
    const parts = await createLeases({
      ...bench,
      administrators: [],
      audit: { byPlatform: async (entry: unknown) => audited.push(entry) },
      changes: { changed: (id: string) => changed.add(id) },
      engine,
      environments: {
        find: async () => ({ maxLeaseDays: 30, graceDays: 7 }),
        findIn: async () => ({ maxLeaseDays: 30, graceDays: 7 }),
      },
      metrics: { operationRequested: () => {} },
      notifications: {
        send: async ({ payload }: { payload: { title: string } }) =>
          void told.push(payload.title),
      },
      people: { claimsOf: async (userRef: string) => [userRef] },
      quotas: { longestLease: async () => undefined },
      scheduler: {
        scheduleTask: async (task: (typeof tasks)[0]) => tasks.push(task),
      },
    } as unknown as Deps);
    return { ...bench, ...parts, audited, changed, engine, tasks, told };
  };

  it('looks for ends every minute, and brings a cluster to its end by the database’s clock', async () => {
    const made = await setUp();
    const { changed, clusters, engine, knex, leases, order, tasks } = made;
    expect(tasks).toEqual([
      expect.objectContaining({
        id: 'kubesmith-leases',
        frequency: { seconds: 60 },
      }),
      expect.objectContaining({ id: 'kubesmith-clock', scope: 'local' }),
    ]);
    const [{ fn }] = tasks;
    const id = await order(DAY_MS);
    await fn();
    expect(made.told).toEqual([]);

    await knex('clusters').where({ id }).update({ expires_at: 1000 });
    await fn();
    await fn();
    const end = (await leases.end(id))!;
    const grace = end.deleteAt - (await readDatabaseTime(knex));
    expect(Math.abs(grace - 7 * DAY_MS)).toBeLessThan(60_000);
    expect(made.told).toEqual(['The cluster demo has expired']);
    expect([...changed]).toEqual([id]);

    await knex('lease_ends').update({ delete_at: 1000 });
    await fn();
    await fn();
    expect((await clusters.get(id))!.phase).toBe('deleting');
    expect(engine.woken).toBe(1);
    expect(made.told.slice(-1)).toEqual(['The cluster demo is being deleted']);
    expect(made.audited).toMatchObject([
      { noun: 'cluster', verb: 'expire', meta: { clusterId: id } },
    ]);
    expect((await made.operations.list(id))[0].initiator).toBe(PLATFORM);
  });

  it('lets people extend as far as the environment says now', async () => {
    const { knex, leaseService, order } = await setUp();
    const id = await order(DAY_MS);
    const now = await readDatabaseTime(knex);
    await knex('clusters')
      .where({ id })
      .update({ expires_at: now + DAY_MS });
    await leaseService.extend(id, { days: 30 }, 'user:default/ada');
    await expect(
      leaseService.extend(id, { days: 31 }, 'user:default/ada'),
    ).rejects.toMatchObject({ code: 'KUBESMITH-LEASE-TOO-LONG' });
  });
});
