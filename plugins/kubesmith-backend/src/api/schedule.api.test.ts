import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { createTestDatabases } from '../__testUtils__/databases';
import { testConfigData } from '../__testUtils__/config';
import { as, people, startKubesmith } from '../__testUtils__/startKubesmith';
import { DAY_MS } from '../time';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const { admin, researcher, student1 } = people;
const [{ name: environment }] = testConfigData().environments;
const timetable = {
  sleep: '0 20 * * 1-5',
  wake: '0 7 * * 1-5',
  timeZone: 'Europe/Berlin',
};

describe.each(databases.eachSupportedId())('timetables on %s', databaseId => {
  let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;
  let knex: Knex;
  let path: string;

  beforeAll(async () => {
    knex = await databases.init(databaseId);
    kubesmith = await startKubesmith(knex);
    const { body } = await kubesmith.post('/v1/clusters', as(student1), {
      requestId: randomUUID(),
      name: 'sleeper',
      environment,
      size: 'small',
      workers: 1,
    });
    path = `/v1/clusters/${body.cluster.id}/schedule`;
  });

  afterAll(async () => {
    await kubesmith.backend.stop();
  });

  const put = (body: object, user = student1) =>
    kubesmith.post(path, as(user), body);
  const snooze = (body: object, user = student1) =>
    kubesmith.post(`${path}/snooze`, as(user), body);

  it('are set, put off and taken away by who may send the cluster to sleep', async () => {
    expect((await kubesmith.get(path, as(student1))).body).toMatchObject({
      can: { change: true },
      next: [],
    });
    expect((await snooze({})).body.error.code).toBe('KUBESMITH-SCHEDULE-NONE');

    const { body, status } = await put({ timetable });
    expect({ body, status }).toMatchObject({
      status: 200,
      body: { timetable, setBy: student1 },
    });
    const kinds = body.next.map(({ kind }: { kind: string }) => kind);
    expect([...kinds].sort()).toEqual([
      'hibernate',
      'hibernate',
      expect.any(String),
      'wake',
      'wake',
    ]);

    const until = new Date(Date.now() + DAY_MS).toISOString();
    expect((await snooze({ until })).body.snoozedUntil).toBe(until);
    expect((await snooze({})).body.snoozedUntil).toBeUndefined();

    expect((await put({})).body.timetable).toBeUndefined();
    const { body: audit } = await kubesmith.get(
      '/v1/audit?action=cluster.schedule',
      as(admin),
    );
    expect(audit.items.map((item: { detail: object }) => item.detail)).toEqual(
      expect.arrayContaining([expect.objectContaining(timetable)]),
    );
  });

  it('show what they would do, and what is wrong with them, before any cluster has them', async () => {
    const preview = async (change: object) => {
      const { body, status } = await kubesmith.post(
        '/v1/schedules/preview',
        as(researcher),
        { timetable: { ...timetable, ...change } },
      );
      expect(status).toBe(200);
      return body;
    };
    const { next, problems } = await preview({});
    expect(problems).toEqual([]);
    expect(next).toHaveLength(5);
    expect(next[0].at > new Date().toISOString()).toBe(true);
    expect(await preview({ sleep: 'at night' })).toEqual({
      problems: [
        expect.objectContaining({
          field: 'sleep',
          code: 'KUBESMITH-CRON-INVALID',
        }),
      ],
      next: [],
    });
  });

  describe('by a calendar', () => {
    const at = (days: number) =>
      new Date(Date.now() + days * DAY_MS)
        .toISOString()
        .replace(/[-:]|\.\d+/g, '');
    const ics = (...lines: string[]) =>
      [
        ...['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:a', 'SUMMARY:Secret exam'],
        ...[`DTSTART:${at(1)}`, 'DURATION:PT2H', ...lines],
        ...['END:VEVENT', 'END:VCALENDAR'],
      ].join('\r\n');
    const calendar = { ics: ics('RRULE:FREQ=WEEKLY'), timeZone: 'UTC' };

    it('are shown before, set, told with what is known of them, and kept without subjects', async () => {
      const { body: preview } = await kubesmith.post(
        '/v1/schedules/preview',
        as(student1),
        { calendar },
      );
      const known = {
        timeZone: 'UTC',
        times: expect.any(Number),
        goesOn: true,
        knownUntil: expect.any(String),
      };
      expect(preview).toMatchObject({ problems: [], calendar: known });
      expect(preview.calendar.times).toBeGreaterThan(100);
      expect(preview.next.map(({ kind }: { kind: string }) => kind)).toEqual([
        'wake',
        'hibernate',
        'wake',
        'hibernate',
        'wake',
      ]);
      const { body, status } = await put({ calendar });
      expect({ body, status }).toMatchObject({
        status: 200,
        body: { calendar: known, next: preview.next, setBy: student1 },
      });
      expect(body.timetable).toBeUndefined();
      const rows = await knex('cluster_schedules').select('*');
      expect(JSON.stringify(rows)).not.toMatch(/Secret|VEVENT/);

      // The other way to say it takes its place, and back.
      expect((await put({ timetable })).body.calendar).toBeUndefined();
      expect((await put({ calendar })).body.timetable).toBeUndefined();
      expect((await put({})).body.calendar).toBeUndefined();
    });

    it.each([
      [{ ics: 'Lunch at noon' }, 'KUBESMITH-CALENDAR-INVALID'],
      [{ ics: ics('RRULE:FREQ=HOURLY') }, 'KUBESMITH-CALENDAR-INVALID'],
      [{ timeZone: 'Mars/Olympus' }, 'KUBESMITH-TIME-ZONE-UNKNOWN'],
      [{ ics: '' }, 'KUBESMITH-FIELD-INVALID'],
      [{ ics: 'x'.repeat(65_537) }, 'KUBESMITH-FIELD-INVALID'],
    ])('%# are refused with %s', async (change, code) => {
      const { body, status } = await put({
        calendar: { ...calendar, ...change },
      });
      expect({ status, code: body.error.code }).toEqual({ status: 400, code });
    });

    it('are refused together with times', async () => {
      const { body, status } = await put({ timetable, calendar });
      expect(status).toBe(400);
      expect(body.error.problems).toEqual([
        expect.objectContaining({ field: 'timetable' }),
      ]);
    });
  });

  it('are not there for who does not see the cluster', async () => {
    expect((await kubesmith.get(path, as(researcher))).status).toBe(404);
    expect((await put({ timetable }, researcher)).status).toBe(404);
    expect((await snooze({}, researcher)).status).toBe(404);
  });

  it.each([
    [{ sleep: '61 20 * * *' }, 'KUBESMITH-CRON-INVALID'],
    [{ wake: '* * * * *' }, 'KUBESMITH-CRON-INVALID'],
    [{ timeZone: 'Mars/Olympus' }, 'KUBESMITH-TIME-ZONE-UNKNOWN'],
    [{ sleep: undefined }, 'KUBESMITH-FIELD-MISSING'],
  ])('with %j are refused with %s', async (change, code) => {
    const { body, status } = await put({
      timetable: { ...timetable, ...change },
    });
    expect({ status, code: body.error.code }).toEqual({ status: 400, code });
    expect(
      (await kubesmith.get(path, as(student1))).body.timetable,
    ).toBeUndefined();
  });

  it.each([-1, 40])('cannot be put off for %s days', async days => {
    await put({ timetable });
    const until = new Date(Date.now() + days * DAY_MS).toISOString();
    expect((await snooze({ until })).status).toBe(400);
  });
});
