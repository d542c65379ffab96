import { randomUUID } from 'node:crypto';
import { mockCredentials } from '@backstage/backend-test-utils';
import { canaryFiles, hostileTexts } from '@kubesmith/hostile-texts';
import type { Knex } from 'knex';
import { createTestDatabases } from '../__testUtils__/databases';
import {
  as,
  asPlugin,
  people,
  startKubesmith,
} from '../__testUtils__/startKubesmith';

jest.setTimeout(120_000);

/** Control characters: what a log or a terminal would take for more than text. */
const CONTROL = /\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

const databases = createTestDatabases();
const { admin, instructor, student1, student2 } = people;
const COURSE = 'distributed-systems-2026';
const bearer = (secret: string) => `Bearer ${secret}`;

const order = (change: object = {}) => ({
  requestId: randomUUID(),
  name: 'demo',
  environment: COURSE,
  size: 'small',
  workers: 0,
  ...change,
});

describe.each(databases.eachSupportedId())('access tokens on %s', id => {
  let knex: Knex;
  let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;

  beforeEach(async () => {
    knex = await databases.init(id);
    kubesmith = await startKubesmith(knex);
  });

  afterEach(() => kubesmith.backend.stop());

  const create = (user: string, change: object = {}) =>
    kubesmith.post('/v1/tokens', as(user), {
      name: 'build server',
      scope: 'operate',
      ...change,
    });

  /** A new token's text and id. */
  async function made(user: string, change: object = {}) {
    const { body, status } = await create(user, change);
    expect({ status, error: body.error }).toEqual({
      status: 201,
      error: undefined,
    });
    return { secret: body.secret as string, id: body.token.id as string };
  }

  async function ordered(user: string, change: object = {}) {
    const { body } = await kubesmith.post(
      '/v1/clusters',
      as(user),
      order(change),
    );
    return body.cluster.id as string;
  }

  const codeOf = (answer: { status: number; body: any }) =>
    `${answer.status} ${answer.body.error?.code}`;

  it('are shown once, listed, used and revoked', async () => {
    const answer = await create(student1);
    expect(answer.status).toBe(201);
    expect(answer.headers['cache-control']).toBe('no-store');
    const { secret, token } = answer.body;
    expect(secret).toMatch(/^kst_[0-9a-f]{16}[A-Za-z0-9_-]{43}$/);
    expect(token).toMatchObject({
      name: 'build server',
      scope: 'operate',
      active: true,
    });
    const days = Date.parse(token.expiresAt) - Date.parse(token.createdAt);
    expect(days).toBe(30 * 86_400_000);

    const placed = await kubesmith.post(
      '/v1/clusters',
      bearer(secret),
      order({ name: 'by-script' }),
    );
    expect(placed.status).toBe(201);
    expect(placed.body.cluster).toMatchObject({
      owner: student1,
      createdBy: student1,
    });
    const seen = await kubesmith.get('/v1/clusters', bearer(secret));
    expect(seen.body.items.map(({ name }: any) => name)).toEqual(['by-script']);

    const list = await kubesmith.get('/v1/tokens', as(student1));
    expect(list.body).toMatchObject({ defaultDays: 30, maxDays: 90 });
    expect(list.body.items).toHaveLength(1);
    expect(list.body.items[0].lastUsedAt).toMatch(/^20/);
    expect(JSON.stringify(list.body)).not.toContain(secret.slice(20));

    for (const _ of [1, 2]) {
      const revoked = await kubesmith.post(
        `/v1/tokens/${token.id}/revoke`,
        as(student1),
      );
      expect(revoked.body).toMatchObject({ id: token.id, active: false });
    }
    expect(codeOf(await kubesmith.get('/v1/clusters', bearer(secret)))).toBe(
      '401 KUBESMITH-TOKEN-REVOKED',
    );
  });

  it('give what the person may, and nothing of others', async () => {
    const theirs = await ordered(student2);
    const { secret } = await made(student1);
    const list = await kubesmith.get('/v1/clusters', bearer(secret));
    expect(list.body).toEqual({ items: [], total: 0 });
    expect(
      codeOf(await kubesmith.get(`/v1/clusters/${theirs}`, bearer(secret))),
    ).toBe('404 KUBESMITH-NOT-FOUND');
    expect(
      codeOf(
        await kubesmith.post(`/v1/clusters/${theirs}/delete`, bearer(secret), {
          requestId: randomUUID(),
        }),
      ),
    ).toBe('404 KUBESMITH-NOT-FOUND');
  });

  it('for reading change nothing', async () => {
    const mine = await ordered(student1);
    const { secret } = await made(student1, { scope: 'read' });
    const one = await kubesmith.get(`/v1/clusters/${mine}`, bearer(secret));
    expect(one.status).toBe(200);
    expect(one.body.can).toMatchObject({ delete: false, access: false });
    const none = await kubesmith.get(
      '/v1/clusters?operation=delete',
      bearer(secret),
    );
    expect(none.body).toEqual({ items: [], total: 0 });
    for (const [path, body] of [
      ['/v1/clusters', order({ name: 'other' })],
      [`/v1/clusters/${mine}/delete`, { requestId: randomUUID() }],
      [`/v1/clusters/${mine}/grants`, { role: 'viewer' }],
      [`/v1/grants/${randomUUID()}/revoke`, {}],
    ] as const) {
      expect(codeOf(await kubesmith.post(path, bearer(secret), body))).toBe(
        '403 KUBESMITH-TOKEN-READ-ONLY',
      );
    }
    expect((await kubesmith.get('/v1/clusters', as(student1))).body.total).toBe(
      1,
    );
  });

  it('for one environment see and do nothing elsewhere', async () => {
    const here = await ordered(admin);
    const there = await ordered(admin, {
      environment: 'research',
      name: 'else',
    });
    const { secret } = await made(admin, { environment: COURSE });
    const list = await kubesmith.get('/v1/clusters', bearer(secret));
    expect(list.body.items.map((cluster: any) => cluster.id)).toEqual([here]);
    expect(
      codeOf(await kubesmith.get(`/v1/clusters/${there}`, bearer(secret))),
    ).toBe('404 KUBESMITH-NOT-FOUND');
    const elsewhere = await kubesmith.post(
      '/v1/clusters',
      bearer(secret),
      order({ environment: 'research', name: 'third' }),
    );
    expect(elsewhere.status).toBe(400);
    const fine = await kubesmith.post(
      '/v1/clusters',
      bearer(secret),
      order({ name: 'third' }),
    );
    expect(fine.status).toBe(201);
    expect(codeOf(await kubesmith.get('/v1/quotas/mine', bearer(secret)))).toBe(
      '403 KUBESMITH-TOKEN-LIMITED',
    );
    // Nor what the person ordered elsewhere by the same request.
    const requestId = randomUUID();
    await ordered(admin, { environment: 'research', name: 'same', requestId });
    expect(
      codeOf(
        await kubesmith.post(
          '/v1/clusters',
          bearer(secret),
          order({ name: 'fourth', requestId }),
        ),
      ),
    ).toBe('404 KUBESMITH-NOT-FOUND');
    const student = await made(student1, { environment: COURSE });
    const none = await kubesmith.get('/v1/clusters', bearer(student.secret));
    expect(none.body.total).toBe(0);
  });

  it('look at timetables, set them and put them off, as far as they reach', async () => {
    const timetable = {
      sleep: '0 20 * * 1-5',
      wake: '0 7 * * 1-5',
      timeZone: 'Europe/Berlin',
    };
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const scheduleOf = (cluster: string) => `/v1/clusters/${cluster}/schedule`;
    const here = scheduleOf(await ordered(admin));
    const there = scheduleOf(
      await ordered(admin, { environment: 'research', name: 'else' }),
    );
    const read = await made(admin, { scope: 'read' });
    const limited = await made(admin, { environment: COURSE });

    const seen = await kubesmith.get(here, bearer(read.secret));
    expect({ body: seen.body, status: seen.status }).toMatchObject({
      status: 200,
      body: { can: { change: false }, next: [] },
    });
    for (const { secret } of [read, limited]) {
      const preview = await kubesmith.post(
        '/v1/schedules/preview',
        bearer(secret),
        { timetable },
      );
      expect(preview.body).toMatchObject({ problems: [] });
      expect(preview.body.next).toHaveLength(5);
    }
    for (const [path, body] of [
      [here, { timetable }],
      [`${here}/snooze`, { until }],
    ] as const)
      expect(
        codeOf(await kubesmith.post(path, bearer(read.secret), body)),
      ).toBe('403 KUBESMITH-TOKEN-READ-ONLY');

    const set = await kubesmith.post(here, bearer(limited.secret), {
      timetable,
    });
    expect(set.body).toMatchObject({
      timetable,
      setBy: admin,
      can: { change: true },
    });
    const later = await kubesmith.post(
      `${here}/snooze`,
      bearer(limited.secret),
      { until },
    );
    expect(later.body).toMatchObject({ snoozedUntil: until });

    // Another environment's cluster is not there for it, and stays as it is.
    for (const answer of [
      await kubesmith.get(there, bearer(limited.secret)),
      await kubesmith.post(there, bearer(limited.secret), { timetable }),
      await kubesmith.post(`${there}/snooze`, bearer(limited.secret), {
        until,
      }),
    ])
      expect(codeOf(answer)).toBe('404 KUBESMITH-NOT-FOUND');
    const untouched = await kubesmith.get(there, as(admin));
    expect(untouched.body.timetable).toBeUndefined();
  });

  it('decide nothing about other people, whatever the person may', async () => {
    const cluster = await ordered(student1);
    const { secret } = await made(admin);
    for (const [method, path, body] of [
      ['get', '/v1/audit'],
      ['get', '/v1/audit/export'],
      ['get', '/v1/tokens'],
      ['post', '/v1/tokens', { name: 'more', scope: 'read' }],
      ['post', `/v1/tokens/${randomUUID()}/revoke`],
      [
        'post',
        `/v1/clusters/${cluster}/shares`,
        { subject: student2, role: 'viewer', until: '2099-01-01T00:00:00Z' },
      ],
      [
        'post',
        '/v1/quotas',
        { environment: COURSE, scope: 'environment', limits: { vcpu: 1 } },
      ],
    ] as const) {
      expect(
        `${path} ${codeOf(
          await kubesmith[method](path, bearer(secret), body as never),
        )}`,
      ).toBe(`${path} 403 KUBESMITH-TOKEN-IN-PERSON`);
    }
  });

  it('are made and seen in person only', async () => {
    const { id: tokenId } = await made(student1);
    for (const authorization of [
      as(student1, { through: 'plugin:scaffolder' }),
      asPlugin('scaffolder'),
    ]) {
      for (const answer of [
        await kubesmith.get('/v1/tokens', authorization),
        await kubesmith.post('/v1/tokens', authorization, {
          name: 'x',
          scope: 'read',
        }),
        await kubesmith.post(`/v1/tokens/${tokenId}/revoke`, authorization),
      ]) {
        expect(answer.status).toBe(403);
      }
    }
    expect((await kubesmith.get('/v1/tokens', as(admin))).body.items).toEqual(
      [],
    );
    for (const who of [student2, admin]) {
      expect(
        codeOf(await kubesmith.post(`/v1/tokens/${tokenId}/revoke`, as(who))),
      ).toBe('404 KUBESMITH-NOT-FOUND');
    }
    const mine = await kubesmith.get('/v1/tokens', as(student1));
    expect(mine.body.items[0].active).toBe(true);
  });

  it('that are not good let nobody in, anywhere', async () => {
    const { secret } = await made(student1);
    const flipped = secret.slice(0, -2) + (secret.endsWith('AA') ? 'BB' : 'AA');
    const unknown = `kst_${'0'.repeat(16)}${secret.slice(20)}`;
    const paths = [
      '/v1/clusters',
      '/v1/environments',
      '/v1/nothing',
      '/V1/clusters',
    ];
    for (const path of paths) {
      for (const wrong of [flipped, unknown, 'kst_', `${secret}x`]) {
        expect(codeOf(await kubesmith.get(path, bearer(wrong)))).toBe(
          '401 KUBESMITH-TOKEN-INVALID',
        );
      }
      for (const wrong of [
        mockCredentials.none.header(),
        mockCredentials.user.invalidHeader(),
        mockCredentials.service.invalidHeader(),
      ]) {
        expect((await kubesmith.get(path, wrong)).status).toBe(401);
      }
    }
    // What is refused is refused before it is read.
    const large = await kubesmith.post('/v1/clusters', bearer(flipped), {
      name: 'x'.repeat(200_000),
    });
    expect(large.status).toBe(401);
    expect(
      (await kubesmith.get('/v1/health', mockCredentials.none.header())).status,
    ).toBe(200);
    // Nor anywhere else in the plugin.
    const elsewhere = await kubesmith.get(
      '/.backstage/permissions/metadata',
      bearer(secret),
    );
    expect(elsewhere.status).toBe(401);
  });

  it('end with their time, by the database’s clock', async () => {
    const { secret, id: tokenId } = await made(student1, { days: 1 });
    await knex('access_tokens')
      .where({ id: tokenId })
      .update({ expires_at: knex.raw('created_at') });
    expect(codeOf(await kubesmith.get('/v1/clusters', bearer(secret)))).toBe(
      '401 KUBESMITH-TOKEN-EXPIRED',
    );
    const { body } = await kubesmith.get('/v1/tokens', as(student1));
    expect(body.items[0].active).toBe(false);
  });

  it('end with the person', async () => {
    const { secret } = await made(admin);
    kubesmith.policyEngine.gone.add(admin);
    expect(codeOf(await create(admin))).toBe('403 KUBESMITH-NOT-ALLOWED');
    expect(codeOf(await kubesmith.get('/v1/clusters', bearer(secret)))).toBe(
      '401 KUBESMITH-TOKEN-PERSON-GONE',
    );
  });

  it('say so when the policy engine cannot decide for them', async () => {
    const { secret } = await made(student1);
    kubesmith.policyEngine.mode = 'other';
    expect(codeOf(await kubesmith.get('/v1/clusters', bearer(secret)))).toBe(
      '501 KUBESMITH-POLICY-ENGINE-OTHER',
    );
    expect(codeOf(await create(student1))).toBe(
      '501 KUBESMITH-POLICY-ENGINE-OTHER',
    );
    kubesmith.policyEngine.mode = 'away';
    expect(codeOf(await kubesmith.get('/v1/clusters', bearer(secret)))).toBe(
      '503 KUBESMITH-POLICY-AWAY',
    );
  });

  it('are not made of what is wrong', async () => {
    for (const [change, code] of [
      [{ days: 91 }, 'KUBESMITH-TOKEN-TOO-LONG'],
      [{ days: 0 }, 'KUBESMITH-FIELD-INVALID'],
      [{ environment: 'nowhere' }, 'KUBESMITH-TOKEN-ENVIRONMENT'],
      [{ scope: 'all' }, 'KUBESMITH-FIELD-INVALID'],
      [{ name: '' }, 'KUBESMITH-FIELD-INVALID'],
      [{ name: ' ' }, 'KUBESMITH-FIELD-INVALID'],
      [{ name: 'a\u0007b' }, 'KUBESMITH-FIELD-INVALID'],
      [{ userRef: admin }, 'KUBESMITH-FIELD-UNKNOWN'],
    ] as const) {
      expect([change, codeOf(await create(student1, change))]).toEqual([
        change,
        `400 ${code}`,
      ]);
    }
    expect(await knex('access_tokens')).toEqual([]);
  });

  it('have any line of text as their name, and nothing else', async () => {
    const refused: string[] = [];
    for (const name of hostileTexts) {
      const { body, status } = await create(student1, { name });
      const kept = Buffer.from(name, 'utf8').toString('utf8').trim();
      expect([name, status, body.token?.name]).toEqual(
        status === 201 ? [name, 201, kept] : [name, 400, undefined],
      );
      expect(`${body.token?.name} ${body.error?.message}`).not.toMatch(CONTROL);
      if (status !== 201) refused.push(name);
      const place = await create(student1, { name: 'x', environment: name });
      expect([name, place.status]).toEqual([name, 400]);
      expect(place.body.error.message).not.toMatch(CONTROL);
      await knex('access_tokens').delete();
    }
    expect(refused.length).toBeGreaterThan(30);
    expect(refused.length).toBeLessThan(hostileTexts.length - 30);
    expect(canaryFiles()).toEqual([]);
  });

  it('are at most fifty a person', async () => {
    const { id: first } = await made(student1);
    const row = await knex('access_tokens').where({ id: first }).first();
    await knex('access_tokens').insert(
      Array.from({ length: 49 }, (_, n) => ({
        ...row,
        id: randomUUID(),
        lookup: `${n}`.padStart(16, '0'),
      })),
    );
    expect(codeOf(await create(student1))).toBe('409 KUBESMITH-TOKEN-TOO-MANY');
    await kubesmith.post(`/v1/tokens/${first}/revoke`, as(student1));
    expect((await create(student1)).status).toBe(201);
    expect((await create(student2)).status).toBe(201);
  });

  it('are in no log, no entry and no table', async () => {
    const { secret, id: tokenId } = await made(instructor);
    const cluster = await ordered(student1);
    await kubesmith.post(`/v1/clusters/${cluster}/delete`, bearer(secret), {
      requestId: randomUUID(),
    });
    await kubesmith.get('/v1/clusters', bearer(`${secret}x`));
    const trail = await kubesmith.get('/v1/audit', as(admin));
    expect(trail.body.items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          actor: instructor,
          via: `token:${tokenId}`,
          action: 'cluster.delete',
          outcome: 'done',
        }),
        expect.objectContaining({
          actor: instructor,
          action: 'token.create',
          detail: expect.objectContaining({ tokenId, name: 'build server' }),
        }),
      ]),
    );
    expect(kubesmith.auditEntries).toContainEqual(
      expect.objectContaining({
        meta: expect.objectContaining({
          actor: instructor,
          via: `token:${tokenId}`,
        }),
      }),
    );
    const tables = await Promise.all(
      ['access_tokens', 'audit_entries'].map(table => knex(table)),
    );
    const said = JSON.stringify([
      tables,
      trail.body,
      kubesmith.auditEntries.map(({ error, ...entry }) => [
        entry,
        error?.message,
      ]),
      ...(['info', 'warn', 'error', 'debug'] as const).map(level =>
        kubesmith.logger[level].mock.calls.map(call => call.map(String)),
      ),
    ]);
    expect(said).toContain(tokenId);
    expect(said).not.toContain(secret.slice(20));
    const [row] = await knex('access_tokens');
    expect(row.hash).toMatch(/^[0-9a-f]{64}$/);
  });
});
