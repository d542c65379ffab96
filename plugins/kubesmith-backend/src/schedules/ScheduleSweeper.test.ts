import { createTestDatabases } from '../__testUtils__/databases';
import { leaseBench } from '../leases/__testUtils__/leaseBench';
import { RestoreStore } from '../restore/RestoreStore';
import { DAY_MS, HOUR_MS } from '../time';
import { ScheduleStore } from './ScheduleStore';
import { ScheduleSweeper } from './ScheduleSweeper';
import { nextEdges } from './timetable';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const nightly = { sleep: '0 20 * * *', wake: '0 7 * * *', timeZone: 'UTC' };
const MINUTE_MS = 60_000;

describe.each(databases.eachSupportedId())(
  'ScheduleSweeper on %s',
  databaseId => {
    /** A cluster with a timetable, at 12:00 of a day. */
    const setUp = async (timetable: { wake?: string } = nightly) => {
      const bench = await leaseBench(await databases.init(databaseId));
      const { clock, clusters, knex, logger, power } = bench;
      const noon = Date.UTC(2027, 0, 18, 12);
      clock.database = noon;
      const schedules = new ScheduleStore(knex);
      const startReplica = () =>
        new ScheduleSweeper({
          ...{ clusters, logger, power, schedules },
          now: async () => clock.database,
          restores: new RestoreStore(knex),
        });
      const sweeper = startReplica();
      const id = await bench.order(90 * DAY_MS);
      const table = { ...nightly, ...timetable };
      await schedules.put(id, {
        timetable: table,
        setBy: 'user:default/ada',
        now: noon,
        next: nextEdges(table, noon, 1)[0].at,
      });
      /** Lets hours pass, with a look every 20 minutes and an engine that does what is begun. */
      const hours = async (
        count: number,
        work: () => Promise<void> = bench.settle,
      ) => {
        for (let left = count * 3; left > 0; left--) {
          clock.database += HOUR_MS / 3;
          await sweeper.sweep();
          await work();
        }
      };
      const done = async () => (await bench.kinds(id)).slice(0, -1).reverse();
      return { ...bench, done, hours, id, schedules, startReplica, sweeper };
    };

    it('sends a cluster to sleep in the evening and wakes it in the morning', async () => {
      const { done, hours, id, operations, phase } = await setUp();
      await hours(7);
      expect(await done()).toEqual([]);
      await hours(2);
      expect(await phase(id)).toBe('hibernated');
      await hours(24);
      expect(await done()).toEqual(['hibernate', 'wake', 'hibernate']);
      expect((await operations.list(id))[0]).toMatchObject({
        initiator: 'plugin:kubesmith',
        input: { reason: expect.stringContaining('2027-01-19T20:00') },
      });
    });

    it('follows a calendar to its end, and does nothing after that', async () => {
      const { clock, done, hours, id, schedules } = await setUp();
      const noon = clock.database;
      const at = (count: number) => noon + count * HOUR_MS;
      await schedules.put(id, {
        timetable: {
          spans: [
            { from: at(-2), to: at(2) },
            { from: at(8), to: at(10) },
          ],
          timeZone: 'UTC',
          knownUntil: at(10),
          goesOn: false,
        },
        setBy: 'user:default/ada',
        now: noon,
        next: at(2),
      });
      await hours(3);
      expect(await done()).toEqual(['hibernate']);
      await hours(6);
      expect(await done()).toEqual(['hibernate', 'wake']);
      await hours(48);
      expect(await done()).toEqual(['hibernate', 'wake', 'hibernate']);
    });

    it('does it once, however many replicas look', async () => {
      const { clock, done, startReplica } = await setUp();
      clock.database += 9 * HOUR_MS;
      await Promise.all([1, 2, 3, 4].map(() => startReplica().sweep()));
      expect(await done()).toEqual(['hibernate']);
    });

    it('catches up once after a pause, and does nothing twice when the clock is put back', async () => {
      const { clock, done, hours, settle, sweeper } = await setUp();
      clock.database += 5 * DAY_MS + 10 * HOUR_MS;
      await sweeper.sweep();
      await settle();
      expect(await done()).toEqual(['hibernate']);
      clock.database -= 4 * HOUR_MS;
      await hours(3);
      expect(await done()).toEqual(['hibernate']);
    });

    it('goes on at once when a clock that jumped ahead is put back, and repeats nothing', async () => {
      const { clock, done, hours, id, schedules, sweeper } = await setUp();
      const noon = clock.database;
      clock.database += 400 * DAY_MS;
      await hours(1);
      expect(await done()).toEqual([]);
      clock.database = noon;
      await sweeper.sweep();
      expect(await schedules.find(id)).toMatchObject({
        lookedUntil: noon,
        due: undefined,
      });
      await hours(9);
      expect(await done()).toEqual(['hibernate']);
      clock.database = noon;
      await hours(9);
      expect(await done()).toEqual(['hibernate']);
    });

    it('forgets a moment that was to come yet when the clock is put back before it', async () => {
      const { clock, clusters, done, hours, id } = await setUp();
      const noon = clock.database;
      await clusters.update(id, { phase: 'updating' });
      await hours(9);
      await clusters.update(id, { phase: 'ready' });
      clock.database = noon;
      await hours(7);
      expect(await done()).toEqual([]);
      await hours(2);
      expect(await done()).toEqual(['hibernate']);
    });

    it('waits for what is done with the cluster, and stays awake while snoozed', async () => {
      const { clock, done, hours, id, knex, schedules, sweeper } =
        await setUp();
      const setStatus = (status: string) =>
        knex('operations').where({ cluster_id: id }).update({ status });
      await setStatus('running');
      await hours(9);
      expect(await done()).toEqual([]);
      await setStatus('succeeded');
      await schedules.snooze(id, clock.database + HOUR_MS);
      await sweeper.sweep();
      expect(await done()).toEqual([]);
      await hours(1);
      expect(await done()).toEqual(['hibernate']);
    });

    it('forgets the evening when the morning came first', async () => {
      const { clock, done, hours, id, phase, schedules } = await setUp();
      await schedules.snooze(id, clock.database + 20 * HOUR_MS);
      await hours(21);
      expect(await done()).toEqual([]);
      expect(await phase(id)).toBe('ready');
    });

    it('wakes what a person sent to sleep only when the timetable says that it is time', async () => {
      const { done, hours, id, phase, power, settle } = await setUp();
      await power.begin({
        kind: 'hibernate',
        clusterId: id,
        requestKey: 'by-hand',
        reason: '',
        isWanted: () => true,
      });
      await settle();
      await hours(18);
      expect(await phase(id)).toBe('hibernated');
      await hours(2);
      expect(await done()).toEqual(['hibernate', 'wake']);
    });

    describe('that cannot wake a cluster before the evening, because there is no room', () => {
      const setUpNight = async () => {
        const bench = await setUp();
        const { hours, id, knex, operations, phase } = bench;
        await hours(18);
        expect(await phase(id)).toBe('hibernated');
        const wake = async () => (await operations.list(id))[0];
        /** Lets hours pass in which the engine does nothing with the wake. */
        const hoursWithout = async (count: number, status: string) => {
          await hours(1, async () => {});
          await knex('operations')
            .where({ id: (await wake()).id })
            .update({ status });
          await hours(count - 1, async () => {});
        };
        return { ...bench, hoursWithout, wake };
      };

      it('calls the waking off, once', async () => {
        const bench = await setUpNight();
        const { audited, hours, id, operations, schedules, wake } = bench;
        await bench.hoursWithout(13, 'waiting');
        const begun = await wake();
        expect(begun).toMatchObject({ kind: 'wake', status: 'waiting' });
        expect(begun.cancelRequestedAt).toBeUndefined();
        await hours(2, async () => {});
        expect((await wake()).cancelRequestedAt).toBeDefined();
        expect((await schedules.find(id))?.due).toBeUndefined();
        const about = { clusterId: id, operationId: begun.id };
        expect(audited.slice(-1)).toEqual([
          expect.objectContaining({
            noun: 'operation',
            verb: 'cancel',
            meta: expect.objectContaining(about),
          }),
        ]);
        const events = await operations.events(begun.id, {
          after: 0,
          limit: 9,
        });
        expect(events.slice(-1)[0].message).toMatch(
          /^plugin:kubesmith called it off \(By its timetable \(2027-01-19T20:00/,
        );
      });

      it('lets what the engine took up come to its end, and sends the cluster to sleep then', async () => {
        const { done, hours, hoursWithout, id, phase, wake } =
          await setUpNight();
        await hoursWithout(15, 'running');
        expect((await wake()).cancelRequestedAt).toBeUndefined();
        await hours(1);
        expect(await done()).toEqual(['hibernate', 'wake', 'hibernate']);
        expect(await phase(id)).toBe('hibernated');
      });

      it('leaves alone what a person began', async () => {
        const { hours, hoursWithout, knex, wake } = await setUpNight();
        await hoursWithout(2, 'waiting');
        await knex('operations')
          .where({ id: (await wake()).id })
          .update({ request_key: 'by-hand' });
        await hours(14, async () => {});
        expect((await wake()).cancelRequestedAt).toBeUndefined();
      });
    });

    it.each([
      'reserved',
      'provisioning',
      'bootstrapping',
      'verifying',
    ] as const)('waits for a cluster that is created: %s', async phase => {
      const { clusters, done, hours, id } = await setUp();
      await clusters.update(id, { phase });
      await hours(9);
      expect(await done()).toEqual([]);
      await clusters.update(id, { phase: 'ready' });
      await hours(1);
      expect(await done()).toEqual(['hibernate']);
    });

    it('leaves a cluster asleep without a time to wake, and one alone that is not well', async () => {
      const bench = await setUp({ wake: undefined });
      await bench.hours(72);
      expect(await bench.done()).toEqual(['hibernate']);
      await bench.clusters.update(bench.id, { phase: 'failed' });
      await bench.hours(48);
      expect(await bench.done()).toEqual(['hibernate']);
      expect((await bench.schedules.find(bench.id))?.due).toBeUndefined();
    });

    it('is gone with its removal', async () => {
      const { clock, done, id, schedules, sweeper } = await setUp();
      await schedules.remove(id);
      clock.database += 9 * HOUR_MS + MINUTE_MS;
      await sweeper.sweep();
      expect(await done()).toEqual([]);
    });
  },
);
