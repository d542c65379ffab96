import { randomUUID } from 'node:crypto';
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
  let path: string;

  beforeAll(async () => {
    kubesmith = await startKubesmith(await databases.init(databaseId));
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
