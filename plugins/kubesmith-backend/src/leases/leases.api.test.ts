import { createTestDatabases } from '../__testUtils__/databases';
import {
  as,
  asPlugin,
  people,
  startKubesmith,
} from '../__testUtils__/startKubesmith';
import { DAY_MS } from '../time';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const owner = as(people.student1);
const lead = as(people.instructor);

describe.each(databases.eachSupportedId())(
  'The time of a cluster on %s',
  databaseId => {
    let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;
    let knex: Awaited<ReturnType<typeof databases.init>>;
    let id: string;

    beforeEach(async () => {
      knex = await databases.init(databaseId);
      kubesmith = await startKubesmith(knex);
      const { body } = await kubesmith
        .post('/v1/clusters', owner, {
          requestId: 'request-1',
          name: 'demo',
          environment: 'distributed-systems-2026',
          size: 'small',
          workers: 0,
        })
        .expect(201);
      id = body.cluster.id;
    });
    afterEach(() => kubesmith.backend.stop());

    const inDays = (days: number) =>
      new Date(Date.now() + days * DAY_MS).toISOString();
    const lease = async (who = owner) =>
      (await kubesmith.get(`/v1/clusters/${id}/lease`, who).expect(200)).body;
    const extend = (body: object, who = owner) =>
      kubesmith.post(`/v1/clusters/${id}/extend`, who, body);
    const hold = (body: object, who = lead) =>
      kubesmith.post(`/v1/clusters/${id}/lease/hold`, who, body);

    it('shows when it ends, and what may be done about it', async () => {
      expect(await lease()).toEqual({
        clusterId: id,
        state: 'running',
        expiresAt: expect.any(String),
        latest: expect.any(String),
        maxDays: 360,
        graceDays: 7,
        isClockDoubted: false,
        changes: [],
        notices: [],
        can: { extend: true, hold: false },
      });
      expect((await lease(lead)).can).toEqual({ extend: true, hold: true });
    });

    it('is extended, once however often it is asked for, and everybody sees it', async () => {
      const until = inDays(120);
      const answers = await Promise.all(
        Array.from({ length: 16 }, () => extend({ until })),
      );
      expect(answers.map(({ status }) => status)).toEqual(
        Array.from({ length: 16 }, () => 200),
      );
      expect(await lease()).toMatchObject({
        expiresAt: until,
        changes: [{ by: people.student1, to: until }],
      });
      const { body } = await kubesmith.get(`/v1/clusters/${id}`, owner);
      expect(body.expiresAt).toBe(until);
      expect(await knex('lease_changes')).toHaveLength(1);
    });

    it('is extended by days from now, by those who run the environment too', async () => {
      const { body } = await extend({ days: 200 }, lead).expect(200);
      const left = Date.parse(body.expiresAt) - Date.now();
      expect(Math.abs(left - 200 * DAY_MS)).toBeLessThan(60_000);
      const { body: audit } = await kubesmith
        .get('/v1/audit?action=lease.extend', as(people.admin))
        .expect(200);
      expect(audit.items).toMatchObject([
        {
          actor: people.instructor,
          clusterId: id,
          environment: 'distributed-systems-2026',
          outcome: 'done',
          detail: { days: 200, to: body.expiresAt },
        },
      ]);
    });

    it('refuses ends that the rules do not allow, and says which and why', async () => {
      const before = await lease();
      for (const [body, field, code] of [
        [{ days: 361 }, 'days', 'TOO-LONG'],
        [{ until: inDays(9999) }, 'until', 'TOO-LONG'],
        [{ days: 30 }, 'days', 'NOT-LONGER'],
        [{ until: inDays(-1) }, 'until', 'PAST'],
        [{ days: 0 }, 'days', 'PAST'],
        [{ days: -5 }, 'days', 'PAST'],
      ] as const) {
        const answer = await extend(body).expect(400);
        expect(answer.body.error.problems).toMatchObject([
          { field, code: `KUBESMITH-LEASE-${code}` },
        ]);
      }
      expect(await lease()).toMatchObject({
        expiresAt: before.expiresAt,
        changes: [],
      });
    });

    it('is extended no farther than the quotas allow', async () => {
      await kubesmith
        .post('/v1/quotas', as(people.admin), {
          environment: 'distributed-systems-2026',
          scope: 'environment',
          limits: { leaseDays: 120 },
        })
        .expect(200);
      expect(await lease()).toMatchObject({ maxDays: 120 });
      const answer = await extend({ days: 121 }).expect(400);
      expect(answer.body.error).toMatchObject({
        code: 'KUBESMITH-LEASE-TOO-LONG',
        message: expect.stringContaining('120 days from now at most'),
      });
      await extend({ days: 119 }).expect(200);
    });

    it('refuses what is no end at all', async () => {
      for (const [body, field] of [
        [{}, 'until'],
        [{ days: 100, until: '2027-03-01T00:00:00Z' }, 'until'],
        [{ until: 'tomorrow' }, 'until'],
        [{ until: '2027-02-30T00:00:00Z' }, 'until'],
        [{ days: 'many' }, 'days'],
        [{ days: 1e9 }, 'days'],
        [{ days: 100, force: true }, 'force'],
      ] as const) {
        const answer = await extend(body).expect(400);
        expect(answer.body.error.problems).toEqual([
          expect.objectContaining({ field }),
        ]);
      }
      expect((await lease()).changes).toEqual([]);
    });

    it('refuses those who may not, and does not exist for others', async () => {
      await extend({ days: 100 }, as(people.student2)).expect(404);
      await kubesmith
        .get(`/v1/clusters/${id}/lease`, as(people.student2))
        .expect(404);
      await hold({ reason: 'Mine' }, owner).expect(403);
      await hold({ reason: 'Mine' }, as(people.student2)).expect(404);
      await extend({ days: 100 }, asPlugin('catalog')).expect(403);
      expect(await knex('lease_changes')).toHaveLength(0);
      expect(await knex('lease_holds')).toHaveLength(0);
    });

    it('refuses to extend or hold what is being deleted', async () => {
      await kubesmith
        .post(`/v1/clusters/${id}/delete`, owner, { requestId: 'request-2' })
        .expect(202);
      const codes = [
        (await extend({ days: 100 }).expect(409)).body.error.code,
        (await hold({ reason: 'Late' }).expect(409)).body.error.code,
      ];
      expect(codes).toEqual([
        'KUBESMITH-CLUSTER-ENDING',
        'KUBESMITH-CLUSTER-ENDING',
      ]);
      expect(await lease()).toMatchObject({
        state: 'ended',
        can: { extend: false, hold: false },
      });
    });

    it('is held with a reason by those who may approve, and released', async () => {
      await hold({ reason: 'Kept for the thesis' }).expect(200);
      expect(await lease()).toMatchObject({
        state: 'held',
        hold: { reason: 'Kept for the thesis', by: people.instructor },
      });
      await kubesmith
        .post(`/v1/clusters/${id}/lease/release`, lead)
        .expect(200);
      expect((await lease()).hold).toBeUndefined();
      const { body } = await kubesmith.get('/v1/audit', as(people.admin));
      expect(
        body.items.map(({ action }: { action: string }) => action).slice(0, 2),
      ).toEqual(['lease.release', 'lease.hold']);
    });

    it('refuses a hold without a reason, or with a bad one', async () => {
      for (const [body, field] of [
        [{}, 'reason'],
        [{ reason: '  ' }, 'reason'],
        [{ reason: 'two\nlines' }, 'reason'],
        [{ reason: 'x'.repeat(5001) }, 'reason'],
        [{ reason: 'Exam', until: '2020-01-01T00:00:00Z' }, 'until'],
      ] as const) {
        const answer = await hold(body).expect(400);
        expect(answer.body.error.problems).toEqual([
          expect.objectContaining({ field }),
        ]);
      }
      expect((await lease()).hold).toBeUndefined();
    });

    it('says that it is over, and when it is deleted', async () => {
      await knex('clusters').where({ id }).update({ expires_at: 1000 });
      expect(await lease()).toMatchObject({ state: 'over' });
      await knex('lease_ends').insert({
        cluster_id: id,
        noticed_at: 1000,
        delete_at: Date.parse('2030-01-01T00:00:00Z'),
      });
      expect(await lease()).toMatchObject({
        state: 'over',
        deletesAt: '2030-01-01T00:00:00.000Z',
      });
      await extend({ days: 30 }).expect(200);
      expect((await lease()).deletesAt).toBeUndefined();
      expect((await lease()).state).toBe('running');
    });

    it('leaves an archive of what it was', async () => {
      const archive = async () =>
        (await kubesmith.get(`/v1/clusters/${id}/archive`, owner).expect(200))
          .body.archive;
      expect(await archive()).toBeUndefined();
      const { body: cluster } = await kubesmith.get(
        `/v1/clusters/${id}`,
        owner,
      );
      await extend({ days: 100 }).expect(200);
      await kubesmith
        .post(`/v1/clusters/${id}/delete`, owner, {
          requestId: 'request-2',
          reason: 'Done',
        })
        .expect(202);
      expect(await archive()).toMatchObject({
        name: 'demo',
        environment: 'distributed-systems-2026',
        owner: people.student1,
        spec: cluster.spec,
        vip: cluster.vip,
        createdAt: cluster.createdAt,
        extensions: [{ by: people.student1, from: cluster.expiresAt }],
        nodes: [{ name: 'demo-cp-1', vmid: cluster.nodes[0].vmid }],
        deletion: { initiator: people.student1, reason: 'Done' },
      });
      await kubesmith
        .get(`/v1/clusters/${id}/archive`, as(people.student2))
        .expect(404);
    });
  },
);
