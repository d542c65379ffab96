import { randomUUID } from 'node:crypto';
import { createTestDatabases } from '../__testUtils__/databases';
import { as, people, startKubesmith } from '../__testUtils__/startKubesmith';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const { student1, student2 } = people;

/** Orders of 4 GiB for each machine, on three hosts. */
describe.each(databases.eachSupportedId())(
  'Waiting for room through the API on %s',
  databaseId => {
    it('is said beforehand and while it lasts, cannot be hurried, and ends with the order', async () => {
      const knex = await databases.init(databaseId);
      const kubesmith = await startKubesmith(knex);
      const { get, hypervisor, post } = kubesmith;
      hypervisor.memoryGiB = 5;
      const draft = {
        environment: 'distributed-systems-2026',
        size: 'small',
        workers: 1,
      };
      let count = 0;
      const order = (who: string) =>
        post('/v1/clusters', as(who), {
          ...draft,
          name: `demo-${(count += 1)}`,
          requestId: randomUUID(),
        });
      try {
        const check = await post('/v1/orders/check', as(student1), draft);
        expect(check.body).not.toHaveProperty('queue');
        const first = await order(student1);
        expect(first.body.operation.status).toBe('queued');
        expect(first.body.operation.queue).toBeUndefined();

        const full = await post('/v1/orders/check', as(student2), draft);
        expect(full.body.queue).toEqual({
          position: 1,
          of: 1,
          reason: 'memory',
          estimate: expect.stringMatching(/^20\d\d-/),
        });
        expect(full.body.problems).not.toContainEqual(
          expect.objectContaining({ field: 'workers' }),
        );
        const second = await order(student2);
        expect(second.status).toBe(201);
        expect(second.body.cluster.phase).toBe('reserved');
        expect(second.body.operation).toMatchObject({
          status: 'waiting',
          queue: { position: 1, of: 1, reason: 'memory' },
        });
        const path = `/v1/operations/${second.body.operation.id}`;
        const hurried = await post(`${path}/retry`, as(student2));
        expect(hurried.status).toBe(409);
        expect(hurried.body.error.message).toContain('it waits for room');
        const events = await get(`${path}/events`, as(student2));
        expect(events.body.items).toContainEqual(
          expect.objectContaining({
            code: 'KUBESMITH-WAITS-FOR-ROOM',
            message: expect.stringContaining('It goes on by itself'),
          }),
        );
        // Somebody else learns nothing of it.
        expect((await get(path, as(student1))).status).toBe(404);

        const never = await post('/v1/orders/check', as(student1), {
          ...draft,
          workers: 5,
        });
        expect(never.body.problems).toContainEqual(
          expect.objectContaining({ code: 'KUBESMITH-WORKERS-NEVER-FIT' }),
        );

        const cancelled = await post(`${path}/cancel`, as(student2));
        expect(cancelled.body).toMatchObject({ cancelRequested: true });
        expect(cancelled.body).not.toHaveProperty('queue');
      } finally {
        await kubesmith.backend.stop();
      }
    });
  },
);
