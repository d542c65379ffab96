import { randomUUID } from 'node:crypto';
import { createTestDatabases } from '../../__testUtils__/databases';
import { testConfigData } from '../../__testUtils__/config';
import { as, people, startKubesmith } from '../../__testUtils__/startKubesmith';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const { admin, researcher, student1, student2 } = people;
const [{ name: environment }] = testConfigData().environments;

describe.each(databases.eachSupportedId())(
  'operations that people begin, on %s',
  databaseId => {
    let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;

    beforeAll(async () => {
      kubesmith = await startKubesmith(await databases.init(databaseId));
    });

    afterAll(async () => {
      await kubesmith.backend.stop();
    });

    const over = (id: string) =>
      kubesmith.stores
        .knex('operations')
        .where({ cluster_id: id })
        .update({ status: 'succeeded' });

    /** A cluster that works, with nothing going on. */
    async function ready(name: string) {
      const { body } = await kubesmith.post('/v1/clusters', as(student1), {
        requestId: randomUUID(),
        name,
        environment,
        size: 'small',
        workers: 1,
      });
      const id: string = body.cluster.id;
      await over(id);
      await kubesmith.stores.clusters.markReady(id);
      return id;
    }
    const transfer = (owner: string) => ({ kind: 'transfer', owner });
    const plan = (id: string, request: object, user = student1) =>
      kubesmith.post(`/v1/clusters/${id}/operations/plan`, as(user), request);
    const start = (id: string, body: object, user = student1) =>
      kubesmith.post(`/v1/clusters/${id}/operations`, as(user), {
        requestId: randomUUID(),
        ...body,
      });

    it('offers those that the caller has the right to, and says why not now', async () => {
      const id = await ready('offered');
      const path = `/v1/clusters/${id}/operations/possible`;
      const { body } = await kubesmith.get(path, as(student1));
      expect(body.items).toContainEqual(
        expect.objectContaining({ kind: 'transfer', available: true }),
      );
      expect((await kubesmith.get(path, as(researcher))).status).toBe(404);

      await kubesmith.stores.clusters.update(id, { phase: 'verifying' });
      const { body: later } = await kubesmith.get(path, as(student1));
      expect(later.items).toContainEqual(
        expect.objectContaining({
          kind: 'transfer',
          available: false,
          why: expect.stringContaining("in the phase 'verifying'"),
        }),
      );
      await kubesmith.stores.clusters.markDeleted(id);
      const { body: ended } = await kubesmith.get(path, as(admin));
      expect(ended.items).toEqual([]);
    });

    it('shows a plan and does what was agreed to', async () => {
      const id = await ready('given');
      const { body: shown } = await plan(id, transfer(student2));
      expect(shown).toMatchObject({
        summary: `The cluster 'given' will belong to ${student2}`,
        problems: [],
        steps: [
          { title: 'Give it to its new owner' },
          { title: 'Tell both owners' },
        ],
      });
      const { body, status } = await start(id, {
        request: transfer(student2),
        fingerprint: shown.fingerprint,
        reason: 'The term is over',
      });
      expect({ status, body }).toMatchObject({
        status: 201,
        body: {
          cluster: { owner: student2, phase: 'ready' },
          operation: {
            kind: 'transfer',
            initiator: student1,
            reason: 'The term is over',
          },
        },
      });
      // It is not theirs any more, and what is not theirs they do not see.
      expect((await plan(id, transfer(student1))).status).toBe(404);
      const { body: audit } = await kubesmith.get(
        '/v1/audit?action=cluster.transfer',
        as(admin),
      );
      expect(audit.items.at(-1)).toMatchObject({
        actor: student1,
        clusterId: id,
        detail: { owner: student2, reason: 'The term is over' },
      });
    });

    it('lists what was done, a page at a time', async () => {
      const id = await ready('listed');
      await start(id, { request: transfer(student2) });
      const list = async (query = '') => {
        const { body } = await kubesmith.get(
          `/v1/clusters/${id}/operations${query}`,
          as(admin),
        );
        return body.items;
      };
      const [newest, ...rest] = await list();
      expect(newest.kind).toBe('transfer');
      expect(rest.at(-1).kind).toBe('create');
      expect(await list('?limit=1')).toEqual([newest]);
      expect(await list(`?before=${newest.id}&limit=200`)).toEqual(rest);
      expect(await list(`?before=${rest.at(-1).id}`)).toEqual([]);
      // Of another cluster, or of none.
      expect(await list(`?before=${randomUUID()}`)).toEqual([]);
    });

    it('refuses another plan than was agreed to', async () => {
      const id = await ready('changed');
      const { body: shown } = await plan(id, transfer(student2));
      const { body, status } = await start(
        id,
        { request: transfer(researcher), fingerprint: shown.fingerprint },
        admin,
      );
      expect({ status, code: body.error.code }).toEqual({
        status: 409,
        code: 'KUBESMITH-PLAN-CHANGED',
      });
    });

    it.each([
      [{ kind: 'transfer' }, 'KUBESMITH-FIELD-MISSING'],
      [transfer('user:default/nobody-at-all'), 'KUBESMITH-SUBJECT-UNKNOWN'],
      [transfer('nobody'), 'KUBESMITH-SUBJECT-INVALID'],
      [transfer(student1), 'KUBESMITH-OWNER-ALREADY'],
      [{ kind: 'explode' }, 'KUBESMITH-FIELD-INVALID'],
      [{ ...transfer(student2), force: true }, 'KUBESMITH-FIELD-UNKNOWN'],
    ])('refuses %j with %s', async (request, code) => {
      const id = await ready(`refused-${randomUUID().slice(0, 8)}`);
      const { body, status } = await start(id, { request });
      expect({ status, code: body.error.code }).toEqual({ status: 400, code });
      const { body: cluster } = await kubesmith.get(
        `/v1/clusters/${id}`,
        as(student1),
      );
      expect(cluster.owner).toBe(student1);
    });

    it('has one effect when a button is pressed 64 times', async () => {
      const id = await ready('pressed');
      const requestId = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 64 }, (_, index) =>
          start(
            id,
            {
              request: transfer(student2),
              // Half of them are repetitions of one wish.
              ...(index % 2 === 0 && { requestId }),
            },
            admin,
          ),
        ),
      );
      const operations = new Set(
        answers
          .filter(({ status }) => status === 201)
          .map(({ body }) => body.operation.id),
      );
      expect(operations.size).toBe(1);
      const refusals = answers.filter(({ status }) => status !== 201);
      for (const { status, body } of refusals)
        expect([status, body.error.code]).toEqual([
          expect.any(Number),
          expect.stringMatching(/^KUBESMITH-(CLUSTER-BUSY|OWNER-ALREADY)$/),
        ]);
      const rows = await kubesmith.stores
        .knex('operations')
        .where({ cluster_id: id, kind: 'transfer' });
      expect(rows).toHaveLength(1);
    });

    it('is refused to a script that claims a task', async () => {
      const id = await ready('claimed');
      const { body, status } = await start(id, {
        request: transfer(student2),
        taskId: 'a-task',
      });
      expect({ status, code: body.error.code }).toEqual({
        status: 400,
        code: 'KUBESMITH-TASK-NOT-YOURS',
      });
    });
  },
);
