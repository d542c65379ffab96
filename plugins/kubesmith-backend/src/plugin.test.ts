import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { createTestDatabases } from './__testUtils__/databases';
import {
  as,
  asPlugin,
  people,
  startKubesmith,
} from './__testUtils__/startKubesmith';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const { admin, instructor, researcher, stranger, student1, student2 } = people;

function order(change: object = {}) {
  return {
    requestId: randomUUID(),
    name: 'demo',
    environment: 'distributed-systems-2026',
    size: 'small',
    workers: 1,
    ...change,
  };
}

describe.each(databases.eachSupportedId())('kubesmith on %s', databaseId => {
  let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;

  beforeEach(async () => {
    kubesmith = await startKubesmith(await databases.init(databaseId));
  });

  afterEach(async () => {
    await kubesmith.backend.stop();
  });

  /** Orders a cluster and returns its id and that of its operation. */
  async function ordered(user = student1, change: object = {}) {
    const { body, status } = await kubesmith.post(
      '/v1/clusters',
      as(user),
      order(change),
    );
    expect({ status, error: body.error }).toEqual({
      status: 201,
      error: undefined,
    });
    return {
      id: body.cluster.id as string,
      operationId: body.operation.id as string,
    };
  }

  /** A cluster that works. */
  async function ready(user = student1, change: object = {}) {
    const { id } = await ordered(user, change);
    const { clusters } = kubesmith.stores;
    await clusters.update(id, { apiServerCa: 'PEM of the CA' });
    await clusters.markReady(id);
    return id;
  }

  describe('orders', () => {
    it('answers the cluster and its operation', async () => {
      const { body, status } = await kubesmith.post(
        '/v1/clusters',
        as(student1),
        order({ reason: 'Exercise 3' }),
      );

      expect(status).toBe(201);
      expect(body.cluster).toMatchObject({
        name: 'demo',
        environment: 'distributed-systems-2026',
        owner: student1,
        createdBy: student1,
        phase: 'reserved',
        apiServerUrl: 'https://10.40.19.201:6443',
        entityRef: 'resource:kubesmith/distributed-systems-2026.demo',
        spec: { size: 'small', workers: 1, reason: 'Exercise 3' },
        can: { delete: true, access: false, share: true },
        operation: { id: body.operation.id },
      });
      expect(body.cluster.nodes).toHaveLength(2);
      expect(body.operation).toMatchObject({
        kind: 'create',
        status: 'queued',
        initiator: student1,
        cancelRequested: false,
      });
      expect(body.operation.steps[0]).toMatchObject({
        name: 'reserve',
        status: 'succeeded',
      });
      expect(kubesmith.engine.woken).toBeGreaterThan(0);
      expect(kubesmith.auditEntries).toEqual([
        {
          eventId: 'cluster-mutate',
          meta: expect.objectContaining({ actionType: 'order', name: 'demo' }),
          outcome: 'success',
        },
      ]);
    });

    it('tells the catalog and the owner that something changed, by id only', async () => {
      const { id } = await ordered();
      await new Promise(resolve => setTimeout(resolve, 600));
      expect(kubesmith.publishedEvents).toEqual([
        { topic: 'kubesmith.clusters', eventPayload: { clusterId: id } },
      ]);
      expect(kubesmith.signals).toEqual([
        {
          recipients: {
            type: 'user',
            entityRef: [student1, 'group:default/instructors'],
          },
          channel: 'kubesmith:clusters',
          message: { clusterId: id },
        },
      ]);
    });

    it('gives the same answer to the same request of the same caller', async () => {
      const body = order();
      const [first, second] = await Promise.all([
        kubesmith.post('/v1/clusters', as(student1), body),
        kubesmith.post('/v1/clusters', as(student1), body),
      ]);
      expect(second.body.cluster.id).toBe(first.body.cluster.id);
      expect(second.body.operation.id).toBe(first.body.operation.id);
      const { body: other } = await kubesmith.post(
        '/v1/clusters',
        as(student2),
        {
          ...body,
          name: 'other',
        },
      );
      expect(other.cluster.id).not.toBe(first.body.cluster.id);
    });

    it('answers mistakes by field, and the same when only asked to check', async () => {
      const wrong = order({
        name: 'Bad Name',
        size: 'huge',
        workers: 20,
        owner: student2,
        kubernetesVersion: '1.0.0',
        reason: 'a\nb',
      });
      const { body, status } = await kubesmith.post(
        '/v1/clusters',
        as(student1),
        wrong,
      );
      expect(status).toBe(400);
      expect(body.error).toMatchObject({
        name: 'InputError',
        code: 'KUBESMITH-REQUEST-INVALID',
      });
      expect(
        body.error.problems.map((problem: any) => problem.field).sort(),
      ).toEqual([
        'kubernetesVersion',
        'name',
        'owner',
        'reason',
        'size',
        'workers',
      ]);
      for (const problem of body.error.problems) {
        expect(problem).toEqual({
          field: expect.any(String),
          code: expect.stringMatching(/^KUBESMITH-[A-Z0-9-]+$/),
          message: expect.stringMatching(/\.$/),
          remedy: expect.stringMatching(/\.$/),
        });
      }
      const { requestId: _, ...draft } = wrong;
      const check = await kubesmith.post(
        '/v1/orders/check',
        as(student1),
        draft,
      );
      expect(check.status).toBe(200);
      expect(check.body.problems).toEqual(body.error.problems);

      expect(await kubesmith.stores.knex('clusters')).toEqual([]);
      expect(kubesmith.auditEntries).toMatchObject([
        { outcome: 'fail', error: { code: 'KUBESMITH-REQUEST-INVALID' } },
      ]);
    });

    it('refuses a taken name, and takes it again after the deletion', async () => {
      const { id } = await ordered();
      const { body, status } = await kubesmith.post(
        '/v1/clusters',
        as(student2),
        order(),
      );
      expect(status).toBe(400);
      expect(body.error).toMatchObject({
        code: 'KUBESMITH-NAME-TAKEN',
        problems: [{ field: 'name' }],
      });
      await kubesmith.stores.clusters.markDeleted(id);
      await ordered(student2);
    });

    it('names the pool and its free addresses when it is exhausted', async () => {
      await ordered(researcher, { environment: 'research', workers: 2 });
      const { body, status } = await kubesmith.post(
        '/v1/clusters',
        as(researcher),
        order({ environment: 'research', name: 'second' }),
      );
      expect(status).toBe(400);
      expect(body.error).toMatchObject({
        code: 'KUBESMITH-POOL-EXHAUSTED',
        message: expect.stringContaining(
          "The address pool 'research' has 2 free addresses; the order needs 3.",
        ),
      });
    });

    it('is closed to those without the permission', async () => {
      const { body, status } = await kubesmith.post(
        '/v1/clusters',
        as(stranger),
        order(),
      );
      expect(status).toBe(403);
      expect(body.error.code).toBe('KUBESMITH-NOT-ALLOWED');
      expect(kubesmith.auditEntries).toMatchObject([{ outcome: 'fail' }]);
    });

    it('is closed to other plugins, which have no owner', async () => {
      const { status } = await kubesmith.post(
        '/v1/clusters',
        asPlugin('scaffolder'),
        order(),
      );
      expect(status).toBe(403);
    });

    it('takes a task id only from a user who acts through the scaffolder', async () => {
      const body = order({ taskId: 'task-1' });
      for (const header of [
        as(student1),
        as(student1, { through: 'plugin:other' }),
      ]) {
        const refused = await kubesmith.post('/v1/clusters', header, body);
        expect(refused.status).toBe(400);
        expect(refused.body.error.problems).toMatchObject([
          { field: 'taskId', code: 'KUBESMITH-TASK-NOT-YOURS' },
        ]);
      }
      const accepted = await kubesmith.post(
        '/v1/clusters',
        as(student1, { through: 'plugin:scaffolder' }),
        body,
      );
      expect(accepted.status).toBe(201);
      expect(accepted.body.operation.taskId).toBe('task-1');
    });

    it('answers 503 without details of the connection when Proxmox is down', async () => {
      kubesmith.hypervisor.down = true;
      const { body, status } = await kubesmith.post(
        '/v1/clusters',
        as(student1),
        order(),
      );
      expect(status).toBe(503);
      expect(body.error.code).toBe('KUBESMITH-HYPERVISOR-UNREACHABLE');
      expect(JSON.stringify(body)).not.toMatch(/stack|ECONNREFUSED/);
      expect(kubesmith.logger.warn).toHaveBeenCalledWith(
        'Proxmox did not answer',
        { error: expect.stringContaining('ECONNREFUSED') },
      );
    });
  });

  describe('the API document', () => {
    it.each<[string, string, object, Array<{ field: string; code: string }>]>([
      [
        'a field of the wrong kind',
        '/v1/clusters',
        order({ workers: '2', name: 5 }),
        [
          { field: 'name', code: 'KUBESMITH-FIELD-INVALID' },
          { field: 'workers', code: 'KUBESMITH-FIELD-INVALID' },
        ],
      ],
      [
        'an unknown field',
        '/v1/clusters',
        order({ admin: true }),
        [{ field: 'admin', code: 'KUBESMITH-FIELD-UNKNOWN' }],
      ],
      [
        'a missing field',
        '/v1/clusters',
        { requestId: '12345678' },
        ['name', 'environment', 'size', 'workers'].map(field => ({
          field,
          code: 'KUBESMITH-FIELD-MISSING',
        })),
      ],
      [
        'a request id with a line break',
        '/v1/clusters',
        order({ requestId: 'aaaaaaaa\nb' }),
        [{ field: 'requestId', code: 'KUBESMITH-FIELD-INVALID' }],
      ],
      [
        'an id that is none',
        '/v1/clusters/1%20or%201=1/delete',
        { requestId: '12345678' },
        [{ field: 'clusterId', code: 'KUBESMITH-FIELD-INVALID' }],
      ],
      [
        'a role that does not exist',
        `/v1/clusters/${randomUUID()}/grants`,
        { role: 'root' },
        [{ field: 'role', code: 'KUBESMITH-FIELD-INVALID' }],
      ],
    ])('refuses %s', async (_, path, body, problems) => {
      const answer = await kubesmith.post(path, as(student1), body);
      expect(answer.status).toBe(400);
      expect(
        answer.body.error.problems.map(({ field, code, remedy }: any) => {
          expect(remedy).toBeTruthy();
          return { field, code };
        }),
      ).toEqual(expect.arrayContaining(problems));
      expect(answer.body.error.problems).toHaveLength(problems.length);
    });

    it('takes nothing from the body of a request that has none, and answers no HEAD', async () => {
      await ordered();
      const listed = await request(kubesmith.backend.server)
        .get('/api/kubesmith/v1/clusters')
        .set('Authorization', as(student1))
        .send({ limit: 1_000_000, search: 1, phase: 'deleted' });
      expect([listed.status, listed.body.items.length]).toEqual([200, 1]);
      const head = await request(kubesmith.backend.server)
        .head('/api/kubesmith/v1/clusters')
        .set('Authorization', as(student1));
      expect(head.status).toBe(405);
      const health = await request(kubesmith.backend.server).head(
        '/api/kubesmith/v1/health',
      );
      expect(health.status).toBe(200);
    });

    it('refuses unknown and impossible query parameters', async () => {
      for (const query of [
        ...['limit=0', 'limit=501', 'phase=gone', 'nope=1'],
        ...['operation=create', 'operation='],
      ]) {
        const { status, body } = await kubesmith.get(
          `/v1/clusters?${query}`,
          as(student1),
        );
        expect(status).toBe(400);
        expect(body.error.problems[0].field).toBe(query.split('=')[0]);
      }
    });

    it('refuses what is not JSON', async () => {
      const { status, body } = await request(kubesmith.backend.server)
        .post('/api/kubesmith/v1/clusters')
        .set('Authorization', as(student1))
        .set('Content-Type', 'application/json')
        .send('{"name": ');
      expect(status).toBe(400);
      expect(body.error.message).toBe(
        'The body of the request is not valid JSON',
      );
    });

    it('answers 401 without credentials, but for the health', async () => {
      const { server } = kubesmith.backend;
      const none = { Authorization: 'Bearer mock-none-token' };
      const list = await request(server)
        .get('/api/kubesmith/v1/clusters')
        .set(none);
      expect(list.status).toBe(401);
      const health = await request(server)
        .get('/api/kubesmith/v1/health')
        .set(none);
      expect(health.status).toBe(200);
      expect(health.body).toEqual({
        status: 'ok',
        database: 'ok',
        engine: 'ok',
      });
      kubesmith.engine.well = false;
      const failing = await request(server).get('/api/kubesmith/v1/health');
      expect(failing.status).toBe(503);
      expect(failing.body).toMatchObject({
        status: 'failing',
        engine: 'failing',
      });
    });
  });

  describe('visibility', () => {
    it('lists what the caller may see, and everything to other plugins', async () => {
      await ordered(student1, { name: 'one' });
      await ordered(student2, { name: 'two' });
      await ordered(student1, {
        name: 'both',
        owner: 'group:default/students',
      });
      await ordered(researcher, {
        name: 'far',
        environment: 'research',
        workers: 0,
      });
      const names = async (header: string, query = '') => {
        const { body } = await kubesmith.get(`/v1/clusters${query}`, header);
        expect(body.total).toBe(body.items.length);
        return body.items.map(({ name }: { name: string }) => name).sort();
      };
      expect(await names(as(student1))).toEqual(['both', 'one']);
      expect(await names(as(student2))).toEqual(['both', 'two']);
      expect(await names(as(instructor))).toEqual(['both', 'one', 'two']);
      expect(await names(as(researcher))).toEqual(['far']);
      expect(await names(as(stranger))).toEqual([]);
      expect(await names(as(admin))).toEqual(['both', 'far', 'one', 'two']);
      expect(await names(asPlugin('catalog'))).toEqual([
        'both',
        'far',
        'one',
        'two',
      ]);
      expect(await names(as(admin), '?environment=research')).toEqual(['far']);
      expect(await names(as(admin), '?search=STUDENT-2')).toEqual(['two']);
      const { body } = await kubesmith.get(
        '/v1/clusters?limit=1&offset=1',
        as(student1),
      );
      expect(body).toMatchObject({ total: 2, items: [{ name: 'one' }] });
    });

    it('says what the caller may do with each', async () => {
      const id = await ready();
      const can = async (user: string) =>
        (await kubesmith.get(`/v1/clusters/${id}`, as(user))).body.can;
      const everything = {
        delete: true,
        access: true,
        role: 'administrator',
        share: true,
        // Stop its last operation and have it go on.
        control: true,
      };
      expect(await can(student1)).toEqual(everything);
      expect(await can(instructor)).toEqual({
        delete: true,
        access: false,
        share: false,
        control: true,
      });
      expect(await can(admin)).toEqual(everything);
    });

    it('answers the same 404 for what is invisible and for what is not there', async () => {
      const { id, operationId } = await ordered();
      const grantId = await (async () => {
        const own = await ready(student1, { name: 'other' });
        const { body } = await kubesmith.post(
          `/v1/clusters/${own}/grants`,
          as(student1),
        );
        return body.grant.id as string;
      })();
      const requests: Array<[string, object?]> = [
        [`/v1/clusters/${id}`],
        [`/v1/clusters/${id}/operations`],
        [`/v1/clusters/${id}/grants`],
        [`/v1/operations/${operationId}`],
        [`/v1/operations/${operationId}/events`],
        [`/v1/clusters/${id}/delete`, { requestId: '12345678' }],
        [`/v1/operations/${operationId}/cancel`, {}],
        [`/v1/operations/${operationId}/retry`, {}],
        [`/v1/clusters/${id}/grants`, {}],
        [`/v1/grants/${grantId}/revoke`, {}],
      ];
      const ask = async (url: string, body?: object) => {
        const answer = body
          ? await kubesmith.post(url, as(student2), body)
          : await kubesmith.get(url, as(student2));
        const used = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(url)![0];
        return {
          status: answer.status,
          error: JSON.stringify(answer.body.error).replaceAll(used, 'ID'),
        };
      };
      for (const [path, body] of requests) {
        const invisible = await ask(path, body);
        const absent = await ask(
          path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, randomUUID()),
          body,
        );
        expect({ path, ...invisible }).toEqual({ path, ...absent });
        expect(invisible.status).toBe(404);
      }
      await expect(
        kubesmith.stores.operations.get(operationId),
      ).resolves.not.toHaveProperty('cancelRequestedAt', expect.any(Number));
    });

    it('shows environments to those who may order there or see clusters there', async () => {
      const list = async (header: string) =>
        (await kubesmith.get('/v1/environments', header)).body.items.map(
          ({ name, canOrder }: any) => ({ name, canOrder }),
        );
      const course = 'distributed-systems-2026';
      expect(await list(as(student1))).toEqual([
        { name: course, canOrder: true },
      ]);
      expect(await list(as(stranger))).toEqual([]);
      expect(await list(as(admin))).toEqual([
        { name: course, canOrder: true },
        { name: 'research', canOrder: true },
      ]);
      expect(await list(asPlugin('catalog'))).toEqual([
        { name: course, canOrder: false },
        { name: 'research', canOrder: false },
      ]);
      await ordered(admin, { name: 'gift', owner: stranger });
      expect(await list(as(stranger))).toEqual([
        { name: course, canOrder: false },
      ]);
      const { body } = await kubesmith.get('/v1/environments', as(student1));
      expect(body.items[0]).toMatchObject({
        title: 'Distributed Systems 2026',
        entityRef: 'system:default/distributed-systems-2026',
        pool: {
          name: 'lab',
          first: '10.40.19.201',
          last: '10.40.19.253',
          total: 53,
          free: 50,
        },
        sizes: [{ name: 'small', memoryMiB: 4096 }],
        kubernetesVersions: ['1.36.3', '1.35.9'],
        maxWorkers: 19,
        leaseDays: 90,
        maxLeaseDays: 360,
      });
    });
  });

  describe('deletion', () => {
    it('gives the operation of the first call to the second', async () => {
      const { id, operationId } = await ordered();
      const first = await kubesmith.post(
        `/v1/clusters/${id}/delete`,
        as(student1),
        { requestId: '11111111', reason: 'done' },
      );
      expect(first.status).toBe(202);
      expect(first.body).toMatchObject({
        cluster: { phase: 'deleting', can: { delete: false, access: false } },
        operation: { kind: 'delete', status: 'queued' },
      });
      const second = await kubesmith.post(
        `/v1/clusters/${id}/delete`,
        as(instructor),
        { requestId: '22222222' },
      );
      expect(second.status).toBe(202);
      expect(second.body.operation.id).toBe(first.body.operation.id);

      const { body } = await kubesmith.get(
        `/v1/clusters/${id}/operations`,
        as(student1),
      );
      expect(body.items).toMatchObject([
        { id: first.body.operation.id, kind: 'delete' },
        { id: operationId, kind: 'create', cancelRequested: true },
      ]);
    });

    it('hides deleted clusters from the list unless asked for', async () => {
      const { id } = await ordered();
      await kubesmith.stores.clusters.markDeleted(id);
      const list = async (query: string) =>
        (await kubesmith.get(`/v1/clusters${query}`, as(student1))).body.total;
      expect(await list('')).toBe(0);
      expect(await list('?includeDeleted=true')).toBe(1);
      expect(await list('?phase=deleted')).toBe(1);
      const { body } = await kubesmith.get(`/v1/clusters/${id}`, as(student1));
      expect(body).toMatchObject({
        phase: 'deleted',
        deletedAt: expect.any(String),
      });
    });

    it('is for users, with the permission', async () => {
      const { id } = await ordered();
      const { status } = await kubesmith.post(
        `/v1/clusters/${id}/delete`,
        asPlugin('scaffolder'),
        { requestId: '11111111' },
      );
      expect(status).toBe(403);
    });
  });

  describe('operations', () => {
    async function drivenByTask() {
      const { body } = await kubesmith.post(
        '/v1/clusters',
        as(student1, { through: 'plugin:scaffolder' }),
        order({ taskId: 'task-1' }),
      );
      return body.operation.id as string;
    }

    const ensure = (
      id: string,
      header: string,
      body: object,
      step = 'machines',
    ) =>
      kubesmith.post(`/v1/operations/${id}/steps/${step}/ensure`, header, body);

    it('are driven by the scaffolder and the task that submitted them, nobody else', async () => {
      const id = await drivenByTask();
      const scaffolder = asPlugin('scaffolder');
      const good = { taskId: 'task-1', waitSeconds: 0 };
      const refused = [
        await ensure(id, as(student1), good),
        await ensure(id, as(admin), good),
        await ensure(id, as(student1, { through: 'plugin:scaffolder' }), good),
        await ensure(id, asPlugin('catalog'), good),
        await ensure(id, scaffolder, { ...good, taskId: 'task-2' }),
      ];
      expect(refused.map(({ status }) => status)).toEqual([
        403, 403, 403, 403, 403,
      ]);
      const { operations } = kubesmith.stores;
      expect(
        (await operations.get(id))!.steps.some(step => step.requestedAt),
      ).toBe(false);
      expect((await ensure(randomUUID(), scaffolder, good)).status).toBe(404);
      const unknown = await ensure(id, scaffolder, good, 'nothing');
      expect(unknown.status).toBe(400);
      expect(unknown.body.error.problems).toMatchObject([
        { field: 'step', code: 'KUBESMITH-STEP-UNKNOWN' },
      ]);

      const accepted = await ensure(id, scaffolder, good);
      expect(accepted.status).toBe(200);
      expect(accepted.body.step).toMatchObject({
        name: 'machines',
        status: 'pending',
      });
      expect(
        (await operations.get(id))!.steps.find(
          ({ name }) => name === 'machines',
        ),
      ).toMatchObject({ requestedAt: expect.any(Number) });
    });

    it('of the API without a task are driven by nobody', async () => {
      const { operationId } = await ordered();
      const { status } = await ensure(operationId, asPlugin('scaffolder'), {
        taskId: 'task-1',
      });
      expect(status).toBe(403);
    });

    it('answer with news as soon as there are any', async () => {
      const id = await drivenByTask();
      const { knex, operations } = kubesmith.stores;
      const seen = await ensure(id, asPlugin('scaffolder'), {
        taskId: 'task-1',
        waitSeconds: 0,
      });
      const afterEvent = Math.max(
        ...seen.body.events.map((event: { id: number }) => event.id),
      );
      const begin = Date.now();
      const waiting = ensure(id, asPlugin('scaffolder'), {
        taskId: 'task-1',
        afterEvent,
        waitSeconds: 20,
      }).then(answer => answer);
      setTimeout(() => {
        void operations.insertEvent(knex, id, {
          step: 'machines',
          node: 'demo-cp-1',
          level: 'info',
          message: 'The machine exists',
        });
      }, 300);
      const { body } = await waiting;
      expect(Date.now() - begin).toBeLessThan(5000);
      expect(body.events).toMatchObject([
        { message: 'The machine exists', node: 'demo-cp-1', level: 'info' },
      ]);
      expect(body.events[0].id).toBeGreaterThan(afterEvent);

      const quiet = Date.now();
      const { body: nothing } = await ensure(id, asPlugin('scaffolder'), {
        taskId: 'task-1',
        afterEvent: body.events[0].id,
        waitSeconds: 1,
      });
      expect(nothing.events).toEqual([]);
      expect(Date.now() - quiet).toBeLessThan(5000);
    });

    it('are cancelled by those who may delete, or by their task', async () => {
      const id = await drivenByTask();
      const cancel = (header: string, body: object = {}) =>
        kubesmith.post(`/v1/operations/${id}/cancel`, header, body);
      expect((await cancel(asPlugin('catalog'))).status).toBe(403);
      expect((await cancel(asPlugin('scaffolder'))).status).toBe(403);
      expect(
        (await cancel(asPlugin('scaffolder'), { taskId: 'task-2' })).status,
      ).toBe(403);
      const byTask = await cancel(asPlugin('scaffolder'), { taskId: 'task-1' });
      expect(byTask.status).toBe(202);
      expect(byTask.body.cancelRequested).toBe(true);
      expect((await cancel(as(student1))).body.cancelRequested).toBe(true);
    });

    it('go on after a failure, and only then', async () => {
      const { operationId } = await ordered();
      const retry = () =>
        kubesmith.post(`/v1/operations/${operationId}/retry`, as(student1));
      const early = await retry();
      expect(early.status).toBe(409);
      expect(early.body.error).toMatchObject({
        code: 'KUBESMITH-OPERATION-NOT-RETRYABLE',
        message: expect.stringContaining('it is queued'),
      });
      await kubesmith.stores
        .knex('operations')
        .where({ id: operationId })
        .update({ status: 'failed' });
      const answer = await retry();
      expect(answer.status).toBe(202);
      expect(answer.body.status).toBe('queued');
    });

    it('show their events in pages', async () => {
      const { operationId } = await ordered();
      const { knex, operations } = kubesmith.stores;
      for (const message of ['one', 'two', 'three']) {
        await operations.insertEvent(knex, operationId, {
          level: 'info',
          message,
        });
      }
      const page = async (query: string) =>
        (
          await kubesmith.get(
            `/v1/operations/${operationId}/events${query}`,
            as(student1),
          )
        ).body.items;
      const all = await page('');
      expect(all.map(({ message }: any) => message).slice(2)).toEqual([
        'one',
        'two',
        'three',
      ]);
      expect(await page(`?after=${all[1].id}&limit=1`)).toEqual([all[2]]);
    });
  });

  describe('kubeconfigs', () => {
    const issue = (id: string, user: string, body: object = {}) =>
      kubesmith.post(`/v1/clusters/${id}/grants`, as(user), body);

    it('are issued once, for the caller, and kept nowhere', async () => {
      const id = await ready();
      const answer = await issue(id, student1, { hours: 2 });

      expect(answer.status).toBe(201);
      expect(answer.headers['cache-control']).toBe('no-store');
      const { grant, kubeconfig } = answer.body;
      expect(grant).toMatchObject({
        clusterId: id,
        user: student1,
        role: 'viewer',
        active: true,
        canRevoke: true,
      });
      expect(
        Date.parse(grant.expiresAt) - Date.parse(grant.createdAt),
      ).toBeCloseTo(7_200_000, -4);
      const [token] = kubesmith.kubectl.tokens;
      expect(kubeconfig).toContain(token);
      expect(kubeconfig).toContain('https://10.40.19.201:6443');
      expect(kubeconfig).toContain(
        Buffer.from('PEM of the CA').toString('base64'),
      );
      const tables = await Promise.all(
        ['grants', 'secrets', 'operation_events', 'clusters'].map(table =>
          kubesmith.stores.knex(table),
        ),
      );
      const { body: list } = await kubesmith.get(
        `/v1/clusters/${id}/grants`,
        as(student1),
      );
      expect(list.items).toMatchObject([{ id: grant.id, active: true }]);
      const everywhere = JSON.stringify([
        tables,
        list,
        kubesmith.auditEntries,
        ...[kubesmith.logger.info, kubesmith.logger.warn].map(
          ({ mock }) => mock.calls,
        ),
      ]);
      expect(everywhere).not.toContain(token);
      expect(everywhere).not.toContain(
        Buffer.from(token).toString('base64').slice(0, 12),
      );
    });

    it('bind the token to a Secret of its own, with the role asked for', async () => {
      const id = await ready();
      const { body } = await issue(id, student1, {
        role: 'viewer',
        hours: 0.5,
      });
      const name = `student-1-${body.grant.id}`;
      expect([...kubesmith.kubectl.objects].sort()).toEqual([
        'ClusterRole/kubesmith:nodes-reader',
        `ClusterRoleBinding/${name}:kubesmith:nodes-reader`,
        `ClusterRoleBinding/${name}:view`,
        'Namespace/kubesmith-grants',
        `Secret/${name}`,
        `ServiceAccount/${name}`,
      ]);
      expect(kubesmith.kubectl.calls[1].argv.join(' ')).toBe(
        `create token ${name} --namespace kubesmith-grants --bound-object-kind Secret --bound-object-name ${name} --duration 1800s --output json`,
      );
    });

    it('are revoked by removing all that belongs to them', async () => {
      const id = await ready();
      const { body } = await issue(id, student1, { role: 'editor' });
      const revoke = () =>
        kubesmith.post(`/v1/grants/${body.grant.id}/revoke`, as(student1));
      const { status, body: revoked } = await revoke();
      expect(status).toBe(200);
      expect(revoked).toMatchObject({
        active: false,
        revokedAt: expect.any(String),
      });
      expect([...kubesmith.kubectl.objects]).toEqual([
        'Namespace/kubesmith-grants',
        'ClusterRole/kubesmith:nodes-reader',
      ]);
      const calls = kubesmith.kubectl.calls.length;
      const { body: again } = await revoke();
      expect(again).toEqual(revoked);
      expect(kubesmith.kubectl.calls).toHaveLength(calls);
      expect(
        kubesmith.auditEntries
          .filter(({ eventId }) => eventId === 'grant-mutate')
          .map(({ meta, outcome }) => [(meta as any).actionType, outcome]),
      ).toEqual([
        ['issue', 'success'],
        ['revoke', 'success'],
        ['revoke', 'success'],
      ]);
    });

    it('stay active when the cluster cannot be reached to revoke them', async () => {
      const id = await ready();
      const { body } = await issue(id, student1);
      kubesmith.kubectl.unreachable = true;
      const { status, body: error } = await kubesmith.post(
        `/v1/grants/${body.grant.id}/revoke`,
        as(student1),
      );
      expect(status).toBe(503);
      expect(error.error.code).toBe('KUBESMITH-REVOCATION-PENDING');
      const { body: list } = await kubesmith.get(
        `/v1/clusters/${id}/grants`,
        as(student1),
      );
      expect(list.items).toMatchObject([{ active: true }]);
    });

    it('are not for those who only may delete', async () => {
      const id = await ready();
      const refused = await issue(id, instructor);
      expect(refused.status).toBe(403);
      expect(kubesmith.kubectl.calls).toEqual([]);
      const { body } = await issue(id, student1);
      const revoke = await kubesmith.post(
        `/v1/grants/${body.grant.id}/revoke`,
        as(instructor),
      );
      expect(revoke.status).toBe(403);
      expect(
        kubesmith.auditEntries
          .filter(({ outcome }) => outcome === 'fail')
          .map(({ meta }) => (meta as any).actionType),
      ).toEqual(['issue', 'revoke']);
    });

    it('last no longer than the configuration allows', async () => {
      const id = await ready();
      const { status, body } = await issue(id, student1, { hours: 25 });
      expect(status).toBe(400);
      expect(body.error).toMatchObject({
        code: 'KUBESMITH-HOURS-TOO-MANY',
        problems: [{ field: 'hours' }],
      });
      expect(
        (await kubesmith.get(`/v1/clusters/${id}/grants/options`, as(student1)))
          .body,
      ).toEqual({
        roles: [
          { role: 'viewer' },
          { role: 'editor' },
          { role: 'administrator' },
        ],
        defaultHours: 8,
        maxHours: 24,
        endsWithRights: true,
      });
    });

    it('say when they do not end with the right to them', async () => {
      const id = await ready();
      kubesmith.policyEngine.mode = 'other';
      const { body } = await kubesmith.get(
        `/v1/clusters/${id}/grants/options`,
        as(student1),
      );
      expect(body.endsWithRights).toBe(false);
    });

    it('wait for the cluster to be ready', async () => {
      const { id } = await ordered();
      const { status, body } = await issue(id, student1);
      expect(status).toBe(409);
      expect(body.error.code).toBe('KUBESMITH-CLUSTER-NOT-READY');
    });

    it('leave nothing behind when they fail', async () => {
      const id = await ready();
      kubesmith.kubectl.failing.set('create', 1);
      const { status, body } = await issue(id, student1);
      expect(status).toBe(503);
      expect(body.error.code).toBe('KUBESMITH-CLUSTER-UNREACHABLE');
      expect(
        [...kubesmith.kubectl.objects].filter(name =>
          name.includes('student-1-'),
        ),
      ).toEqual([]);
      const { body: list } = await kubesmith.get(
        `/v1/clusters/${id}/grants`,
        as(student1),
      );
      expect(list.items).toMatchObject([
        { active: false, revokedAt: expect.any(String) },
      ]);
    });

    it('end with their time and with their cluster', async () => {
      const id = await ready();
      const { body: first } = await issue(id, student1);
      const { body: second } = await issue(id, student1);
      await kubesmith.stores
        .knex('grants')
        .where({ id: first.grant.id })
        .update({ expires_at: 1 });
      const active = async () =>
        Object.fromEntries(
          (
            await kubesmith.get(`/v1/clusters/${id}/grants`, as(student1))
          ).body.items.map((grant: any) => [grant.id, grant.active]),
        );
      expect(await active()).toEqual({
        [first.grant.id]: false,
        [second.grant.id]: true,
      });
      await kubesmith.stores.clusters.markDeleted(id);
      expect(Object.values(await active())).toEqual([false, false]);
      const { status } = await kubesmith.post(
        `/v1/grants/${second.grant.id}/revoke`,
        as(student1),
      );
      expect(status).toBe(200);
      expect((await issue(id, student1)).status).toBe(409);
    });
  });
});
