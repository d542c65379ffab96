import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { createTestDatabases } from '../__testUtils__/databases';
import { as, people, startKubesmith } from '../__testUtils__/startKubesmith';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const { admin, instructor, researcher, stranger, student1, student2 } = people;
const COURSE = 'distributed-systems-2026';
const STUDENTS = 'group:default/students';

describe.each(databases.eachSupportedId())(
  'Orders that need an approval, on %s',
  databaseId => {
    let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;
    let knex: Knex;

    beforeEach(async () => {
      knex = await databases.init(databaseId);
      kubesmith = await startKubesmith(knex);
    });
    afterEach(() => kubesmith.backend.stop());

    const limit = (limits: object, who = instructor) =>
      kubesmith.post('/v1/approval-limits', as(who), {
        environment: COURSE,
        limits,
      });
    const order = (who = student1, change: object = {}) =>
      kubesmith.post('/v1/clusters', as(who), {
        requestId: randomUUID(),
        name: 'demo',
        environment: COURSE,
        size: 'small',
        workers: 3,
        ...change,
      });
    const decide = (
      id: string,
      verb: 'approve' | 'refuse' | 'withdraw',
      who = instructor,
      body: object = verb === 'refuse' ? { reason: 'Too large' } : {},
    ) => kubesmith.post(`/v1/order-requests/${id}/${verb}`, as(who), body);
    const list = async (who: string, query = '') =>
      (await kubesmith.get(`/v1/order-requests${query}`, as(who)).expect(200))
        .body.items;
    /** An order that waits, by its id. */
    async function waiting(who = student1, change: object = {}) {
      await limit({ workers: 2 }).expect(200);
      const { body } = await order(who, change).expect(202);
      return body.orderRequest.id as string;
    }

    it('wait above the limit and reserve nothing; below it they do not wait', async () => {
      await limit({ workers: 2 }).expect(200);
      await order(student1, { name: 'small', workers: 2 }).expect(201);
      const { body } = await order().expect(202);
      expect(body).toEqual({
        orderRequest: {
          id: expect.any(String),
          status: 'waiting',
          environment: COURSE,
          name: 'demo',
          owner: student1,
          requester: student1,
          draft: {
            name: 'demo',
            environment: COURSE,
            size: 'small',
            workers: 3,
          },
          why: ['It has 3 workers; more than 2 need an approval.'],
          createdAt: expect.stringMatching(/Z$/),
          expiresAt: expect.stringMatching(/Z$/),
          can: { decide: false, withdraw: true },
        },
      });
      const { createdAt, expiresAt } = body.orderRequest;
      expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(
        7 * 86_400_000,
      );
      expect(await knex('clusters')).toHaveLength(1);
      const { body: audit } = await kubesmith.get(
        '/v1/audit?action=cluster.order',
        as(admin),
      );
      expect(audit.items[0]).toMatchObject({
        actor: student1,
        outcome: 'done',
        detail: { orderRequestId: body.orderRequest.id, name: 'demo' },
      });
    });

    it.each([
      [{ vcpu: 7 }, 'It has 8 vCPU; more than 7'],
      [{ memoryMiB: 15_360 }, 'It has 16 GiB of memory; more than 15'],
      [{ diskGiB: 79 }, 'It has 80 GiB of disk; more than 79'],
      [{ clustersPerPerson: 0 }, `It is cluster number 1 of ${student1}`],
    ])(
      'wait above %j, and the form is told so before',
      async (limits, text) => {
        await limit(limits).expect(200);
        const draft = {
          name: 'demo',
          environment: COURSE,
          size: 'small',
          workers: 3,
        };
        const { body: check } = await kubesmith.post(
          '/v1/orders/check',
          as(student1),
          draft,
        );
        expect(check).toEqual({
          problems: [],
          quotas: [],
          approval: { why: [expect.stringContaining(text)] },
        });
        const { body } = await order().expect(202);
        expect(body.orderRequest.why).toEqual(check.approval.why);
      },
    );

    it('become clusters of who ordered, when they are approved', async () => {
      const requestId = randomUUID();
      const id = await waiting(student1, { requestId });
      const { body } = await decide(id, 'approve', instructor, {
        reason: 'For the exam',
      }).expect(200);
      expect(body).toMatchObject({
        id,
        status: 'approved',
        decidedBy: instructor,
        decisionReason: 'For the exam',
        clusterId: expect.any(String),
        can: { decide: false, withdraw: false },
      });
      const { body: cluster } = await kubesmith
        .get(`/v1/clusters/${body.clusterId}`, as(student1))
        .expect(200);
      expect(cluster).toMatchObject({
        owner: student1,
        createdBy: student1,
        phase: 'reserved',
        operation: { kind: 'create', initiator: student1 },
      });
      expect(cluster.operation.taskId).toBeUndefined();
      const { body: events } = await kubesmith.get(
        `/v1/operations/${cluster.operation.id}/events`,
        as(student1),
      );
      expect(events.items[0].message).toContain(`Approved by ${instructor}.`);
      expect(kubesmith.engine.woken).toBeGreaterThan(0);
      const { body: audit } = await kubesmith.get(
        '/v1/audit?action=order-request.approve',
        as(admin),
      );
      expect(audit.items).toMatchObject([
        {
          actor: instructor,
          outcome: 'done',
          clusterId: body.clusterId,
          environment: COURSE,
          detail: {
            orderRequestId: id,
            requester: student1,
            reason: 'For the exam',
          },
        },
      ]);
      // The same order again is the same cluster.
      const again = await order(student1, { requestId }).expect(201);
      expect(again.body.cluster.id).toBe(body.clusterId);
    });

    it('are the same request when they come again', async () => {
      const requestId = randomUUID();
      const id = await waiting(student1, { requestId });
      await limit({}).expect(200);
      const again = await order(student1, { requestId }).expect(202);
      expect(again.body.orderRequest.id).toBe(id);
      expect(await list(student1)).toHaveLength(1);
    });

    it('are seen by who asked, by whom they are for, and by who may decide', async () => {
      const id = await waiting();
      const group = await waiting(student1, { owner: STUDENTS, name: 'team' });
      const ids = async (who: string) =>
        (await list(who)).map((item: any) => item.id).sort();
      const both = [id, group].sort();
      expect(await ids(student1)).toEqual(both);
      expect(await ids(instructor)).toEqual(both);
      expect(await ids(admin)).toEqual(both);
      expect(await ids(student2)).toEqual([group]);
      expect(await ids(researcher)).toEqual([]);
      for (const who of [student2, researcher, stranger]) {
        await kubesmith.get(`/v1/order-requests/${id}`, as(who)).expect(404);
        for (const verb of ['approve', 'refuse', 'withdraw'] as const)
          await decide(id, verb, who).expect(404);
      }
      expect((await list(instructor))[0].can).toEqual({
        decide: true,
        withdraw: false,
      });
      expect(await list(instructor, '?status=approved')).toEqual([]);
      await decide(group, 'refuse').expect(200);
      for (const who of [student1, instructor])
        expect((await list(who)).map((item: any) => item.status)).toEqual([
          'waiting',
          'refused',
        ]);
    });

    it('of one environment do not hide those of another, however many they are', async () => {
      const id = await waiting();
      const row = await knex('order_requests').where({ id }).first();
      const crowd = Array.from({ length: 501 }, (_, n) => ({
        ...row,
        id: randomUUID(),
        request_key: `crowd-${n}`,
        environment: 'research',
        requester: 'user:default/crowd',
        owner: 'user:default/crowd',
        created_at: Number(row.created_at) + 1 + n,
      }));
      await knex.batchInsert('order_requests', crowd, 50);
      const seen = await list(admin, '?status=waiting');
      expect(seen.map((each: { id: string }) => each.id)).toContain(id);
    });

    it('are never decided by who asked, nor by who may only see them', async () => {
      const group = await waiting(student1, { owner: STUDENTS });
      await decide(group, 'approve', student2).expect(403);
      await decide(group, 'withdraw', student2).expect(403);
      await limit({ workers: 0 }).expect(200);
      const { body } = await order(instructor, {
        name: 'own',
        workers: 1,
      }).expect(202);
      const own = body.orderRequest;
      expect(own.can).toEqual({ decide: false, withdraw: true });
      for (const verb of ['approve', 'refuse'] as const) {
        const { body: refused } = await decide(own.id, verb).expect(403);
        expect(refused.error.message).toContain('your own order');
      }
      await decide(own.id, 'approve', admin).expect(200);
    });

    it('are refused with a reason, or taken back, and then it is over', async () => {
      const id = await waiting();
      await decide(id, 'refuse', instructor, {}).expect(400);
      const { body } = await decide(id, 'refuse').expect(200);
      expect(body).toMatchObject({
        status: 'refused',
        decidedBy: instructor,
        decisionReason: 'Too large',
      });
      const { body: other } = await order(student1, { name: 'two' });
      await decide(other.orderRequest.id, 'withdraw', student1).expect(200);
      for (const [over, status] of [
        [id, 'refused'],
        [other.orderRequest.id, 'withdrawn'],
      ]) {
        const late = await decide(over, 'approve').expect(409);
        expect(late.body.error).toMatchObject({
          code: 'KUBESMITH-REQUEST-OVER',
          message: expect.stringContaining(status),
        });
      }
      expect(await knex('clusters')).toEqual([]);
    });

    it('expire, and cannot be approved after it', async () => {
      const id = await waiting();
      await knex('order_requests').update({ expires_at: 1 });
      const { body } = await decide(id, 'approve').expect(409);
      expect(body.error).toMatchObject({
        code: 'KUBESMITH-REQUEST-OVER',
        message: expect.stringContaining('expired'),
      });
      expect(await list(student1)).toMatchObject([{ status: 'expired' }]);
      expect(await knex('clusters')).toEqual([]);
      const { body: audit } = await kubesmith.get(
        '/v1/audit?action=order-request.expire',
        as(admin),
      );
      expect(audit.items).toMatchObject([
        { actor: 'plugin:kubesmith', detail: { requester: student1 } },
      ]);
    });

    it('are checked again for who ordered: name, quota and rights of now', async () => {
      const id = await waiting();
      const refused = async () => {
        const { body } = await decide(id, 'approve').expect(409);
        expect(body.error.code).toBe('KUBESMITH-REQUEST-NOT-POSSIBLE');
        const [item] = await list(student1);
        expect(item.status).toBe('waiting');
        expect(item.problems).toEqual(body.error.problems);
        return item.problems.map(({ code }: any) => code);
      };
      const taken = await order(student2, { workers: 0 }).expect(201);
      expect(await refused()).toEqual(['KUBESMITH-NAME-TAKEN']);
      await kubesmith.stores.clusters.markDeleted(taken.body.cluster.id);

      const quota = await kubesmith.post('/v1/quotas', as(instructor), {
        environment: COURSE,
        scope: 'person',
        subject: student1,
        limits: { nodes: 3 },
      });
      expect(await refused()).toEqual(['KUBESMITH-QUOTA-EXCEEDED']);
      await kubesmith.post(
        `/v1/quotas/${quota.body.id}/delete`,
        as(instructor),
      );

      kubesmith.policyEngine.gone.add(student1);
      expect(await refused()).toContain('KUBESMITH-ENVIRONMENT-UNKNOWN');
      kubesmith.policyEngine.gone.delete(student1);

      kubesmith.policyEngine.mode = 'away';
      await decide(id, 'approve').expect(503);
      kubesmith.policyEngine.mode = 'kubesmith';
      await decide(id, 'approve').expect(200);
    });

    it('do not go beyond a quota by waiting for an approval', async () => {
      await limit({ workers: 2 }).expect(200);
      await kubesmith.post('/v1/quotas', as(instructor), {
        environment: COURSE,
        scope: 'environment',
        limits: { nodes: 2 },
      });
      const { body } = await order().expect(400);
      expect(body.error.code).toBe('KUBESMITH-QUOTA-EXCEEDED');
      expect(await knex('order_requests')).toEqual([]);
    });

    it('have one decision when several are made at once', async () => {
      const id = await waiting();
      const answers = await Promise.all([
        decide(id, 'approve', instructor),
        decide(id, 'approve', admin),
        decide(id, 'refuse', admin),
        decide(id, 'withdraw', student1),
      ]);
      const won = answers.filter(({ status }) => status === 200);
      expect(won).toHaveLength(1);
      expect(
        answers
          .filter(({ status }) => status !== 200)
          .map(({ body }) => body.error.code),
      ).toEqual(Array(3).fill('KUBESMITH-REQUEST-OVER'));
      const [item] = await list(student1);
      expect(item).toMatchObject({
        status: won[0].body.status,
        decidedBy: won[0].body.decidedBy,
      });
      expect(await knex('clusters')).toHaveLength(
        item.status === 'approved' ? 1 : 0,
      );
    });

    it('are at most twenty of a person', async () => {
      await waiting();
      for (let n = 1; n < 20; n++)
        await order(student1, { name: `demo-${n}` }).expect(202);
      const { body } = await order(student1, { name: 'more' }).expect(409);
      expect(body.error.code).toBe('KUBESMITH-REQUESTS-TOO-MANY');
      await order(student2, { name: 'other' }).expect(202);
    });

    it('are at most twenty of a person, also when they come at once', async () => {
      await waiting();
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_, n) =>
          order(student1, { name: `demo-${n}` }),
        ),
      );
      expect(answers.filter(({ status }) => status === 202)).toHaveLength(19);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(11);
      expect(await list(student1, '?status=waiting')).toHaveLength(20);
    });

    it('are not freed by who lifts the limit', async () => {
      const lead = instructor;
      const large = (name: string, who = lead) =>
        order(who, { name, workers: 3 });
      // Their own limits, as long as nobody else set any.
      await limit({ workers: 1 }, lead).expect(200);
      await limit({ workers: 5 }, lead).expect(200);
      await large('free').expect(201);

      await limit({ workers: 2 }, admin).expect(200);
      await limit({ workers: 5 }, lead).expect(200);
      await limit({ workers: 9 }, lead).expect(200);
      await large('student', student1).expect(201);
      const { body } = await large('own').expect(202);
      expect(body.orderRequest.why).toEqual([
        'It has 3 workers; more than 2 need an approval.',
        expect.stringContaining('your own change'),
      ]);
      await limit({ workers: 5 }, admin).expect(200);
      await large('later').expect(201);
    });

    it('have limits that only who may change quotas sees and sets', async () => {
      const { body } = await limit({ workers: 2, vcpu: 8 }).expect(200);
      expect(body).toEqual({
        environment: COURSE,
        limits: { workers: 2, vcpu: 8 },
        updatedBy: instructor,
        updatedAt: expect.stringMatching(/Z$/),
      });
      const limits = async (who: string) =>
        (await kubesmith.get('/v1/approval-limits', as(who)).expect(200)).body;
      expect(await limits(instructor)).toEqual({
        items: [body],
        environments: [COURSE],
      });
      expect(await limits(student1)).toEqual({ items: [], environments: [] });
      const refused = await limit({ workers: 9 }, student1).expect(400);
      expect(refused.body.error.code).toBe('KUBESMITH-ENVIRONMENT-NOT-MANAGED');
      for (const wrong of [{ workers: -1 }, { vcpu: 1e12 }, { gpus: 1 }])
        await limit(wrong).expect(400);
      expect((await limits(instructor)).items).toEqual([body]);
      await limit({}).expect(200);
      await order().expect(201);
    });
  },
);
