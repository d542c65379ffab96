import { DefaultSchedulerService } from '@backstage/backend-defaults/scheduler';
import { mockServices } from '@backstage/backend-test-utils';
import { ConflictError } from '@backstage/errors';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { isPostgres, readDatabaseTime } from '../database/databaseTime';
import { DAY_MS } from '../time';
import { ClockWatch } from './ClockWatch';

jest.setTimeout(60_000);

const databases = createTestDatabases();
/** Where Backstage's scheduler notes when tasks are due. */
const TASKS = 'backstage_backend_tasks__tasks';
const seconds = (count: number) =>
  new Promise(resolve => setTimeout(resolve, count * 1000));

describe.each(databases.eachSupportedId())('ClockWatch on %s', databaseId => {
  const open = async () => {
    const knex = await databases.init(databaseId);
    await openStores(knex);
    const now = await readDatabaseTime(knex);
    const sweptAt = (at: number) =>
      knex('lease_clock').update({ swept_at: at });
    return { knex, now, sweptAt };
  };

  it('begins the tasks of the real scheduler that would wait for the time of a clock that was put back', async () => {
    const { knex, now, sweptAt } = await open();
    const hooks: Array<() => unknown> = [];
    const meter = { add() {}, record() {} };
    const scheduler = DefaultSchedulerService.create({
      database: mockServices.database.mock({ getClient: async () => knex }),
      httpRouter: mockServices.httpRouter.mock(),
      logger: mockServices.logger.mock(),
      metrics: {
        createCounter: () => meter,
        createGauge: () => meter,
        createHistogram: () => meter,
      } as never,
      pluginMetadata: { getId: () => 'kubesmith' },
      rootLifecycle: mockServices.rootLifecycle.mock({
        addShutdownHook: hook => void hooks.push(hook),
      }),
    });
    let runs = 0;
    await scheduler.scheduleTask({
      id: 'global',
      frequency: { seconds: 1 },
      timeout: { minutes: 1 },
      fn: async () => void (runs += 1),
    });
    const clock = { now: () => readDatabaseTime(knex) };
    const logger = mockServices.logger.mock();
    const watch = new ClockWatch({ clock, knex, logger, scheduler });
    try {
      while (runs === 0) await seconds(0.1);
      // As it is when the clock was a day ahead: it is to run again tomorrow.
      const tomorrow = isPostgres(knex)
        ? "now() + interval '1 day'"
        : "datetime('now', '+1 day')";
      const jump = () =>
        knex(TASKS)
          .whereNull('current_run_ticket')
          .update({ next_run_start_at: knex.raw(tomorrow) });
      while ((await jump()) === 0) await seconds(0.1);
      await sweptAt(now + DAY_MS);
      // One that was found due just before may run once more.
      await seconds(1.2);
      const before = runs;
      await seconds(1.5);
      expect(runs).toBe(before);

      await watch.look();
      // Twice: it also found its times again.
      while (runs < before + 2) await seconds(0.1);
    } finally {
      for (const hook of hooks) await hook();
      await seconds(0.5);
    }
  });

  it('begins each global task once, those that run later, and says so once', async () => {
    const { knex, now, sweptAt } = await open();
    const begun: string[] = [];
    let isRunning = true;
    const logger = mockServices.logger.mock();
    const watch = new ClockWatch({
      clock: { now: async () => now },
      knex,
      logger,
      scheduler: {
        getScheduledTasks: async () => [
          { id: 'leases', scope: 'global', settings: { version: 2 } },
          { id: 'busy', scope: 'global', settings: { version: 2 } },
          { id: 'here', scope: 'local', settings: { version: 2 } },
        ],
        triggerTask: async id => {
          if (id === 'busy' && isRunning) throw new ConflictError();
          begun.push(id);
        },
      },
    });
    for (const at of [null, now - DAY_MS, now, now + 60_000]) {
      await knex('lease_clock').update({ swept_at: at });
      await watch.look();
    }
    expect(begun).toEqual([]);
    await sweptAt(now + DAY_MS);
    await watch.look();
    await watch.look();
    expect(begun).toEqual(['leases']);
    // A sweep noted the right time meanwhile.
    await sweptAt(now);
    isRunning = false;
    await watch.look();
    await watch.look();
    expect(begun).toEqual(['leases', 'busy']);
    expect(logger.warn).toHaveBeenCalledTimes(1);
    expect(logger.warn).toHaveBeenCalledWith(
      expect.stringContaining('put back by 24.0 hours'),
    );
  });
});
