import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createTestDatabases } from '../__testUtils__/databases';
import { as, asPlugin, people } from '../__testUtils__/people';
import {
  CREATE_STEPS,
  DELETE_STEPS,
  eventually,
  statuses,
} from '../__testUtils__/replicas/RaceScene';
import { useRaceScene } from '../__testUtils__/replicas/useRaceScene';

jest.setTimeout(15 * 60_000);

const databases = createTestDatabases();
const { admin, student1 } = people;
const MANY = 64;

/** Deletions, cancellations and retries in four processes on one database, all at once. */
describe.each(databases.eachSupportedId())(
  'Operations that race on %s',
  databaseId => {
    const scene = useRaceScene(databaseId, 4);

    it.each(CREATE_STEPS)('deletes while %s goes on, once', async step => {
      await scene().replicas.hold(step);
      const { body } = await scene().order(0, student1);
      await scene().begun(body.operation.id, step);
      const [answers] = await Promise.all([
        Promise.all(
          Array.from({ length: MANY / 2 }, (_, index) => [
            scene().remove(index, body.cluster.id),
            scene().remove(index + 1, body.cluster.id, admin),
          ]).flat(),
        ),
        // It may end by itself at the same moment.
        step === 'activate' ? scene().replicas.letGo(step) : undefined,
      ]);
      expect(statuses(answers)).toEqual([202]);
      const [id, ...others] = new Set(answers.map(a => a.body.operation.id));
      expect(others).toEqual([]);
      expect(await scene().over(id)).toMatchObject({ status: 'succeeded' });
      await scene().expectOnce([id], DELETE_STEPS);
      expect(
        step === 'activate' ? ['cancelled', 'succeeded'] : ['cancelled'],
      ).toContain((await scene().operation(body.operation.id)).status);
      await scene().expectNothingAfter(body.operation.id, id);
      expect(await scene().taken()).toEqual([]);
    });

    it('deletes at whatever moment of the creation', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: MANY / 2 }, async (_, index) => {
          const ordered = await scene().order(index, student1, { workers: 0 });
          await delay(index * 25);
          const both = await Promise.all([
            scene().remove(index + 1, ordered.body.cluster.id),
            scene().remove(index + 2, ordered.body.cluster.id),
          ]);
          return { ordered, both };
        }),
      );
      expect(statuses(outcomes.flatMap(({ both }) => both))).toEqual([202]);
      for (const { ordered, both } of outcomes) {
        expect(both[0].body.operation.id).toBe(both[1].body.operation.id);
        const end = await scene().over(both[0].body.operation.id);
        expect(end.status).toBe('succeeded');
        await scene().expectNothingAfter(ordered.body.operation.id, end.id);
      }
      expect(await scene().taken()).toEqual([]);
    });

    it.each(CREATE_STEPS)(
      'cancels during %s however often it is asked, and goes on after retries',
      async step => {
        await scene().replicas.hold(step);
        const { body } = await scene().order(0, student1);
        const { id } = body.operation;
        await scene().begun(id, step);
        for (let round = 0; round < 2; round++) {
          const answers = await scene().replicas.callMany(
            MANY / 2,
            'POST',
            `/v1/operations/${id}/cancel`,
            student1,
          );
          expect(statuses(answers)).toEqual([202]);
          expect(await scene().over(id)).toMatchObject({ status: 'cancelled' });
        }
        const before = (await scene().replicas.performed()).length;
        await scene().replicas.letGo(step);
        const retries = await scene().replicas.callMany(
          MANY,
          'POST',
          `/v1/operations/${id}/retry`,
          student1,
        );
        expect(retries.filter(({ status }) => status === 202)).toHaveLength(1);
        for (const { status, body: refusal } of retries) {
          if (status === 202) continue;
          expect(status).toBe(409);
          expect(refusal.error.code).toBe('KUBESMITH-OPERATION-NOT-RETRYABLE');
        }
        expect(await scene().over(id)).toMatchObject({ status: 'succeeded' });
        const again = (await scene().replicas.performed()).slice(before);
        expect(again.map(({ step: name, what }) => `${name} ${what}`)).toEqual(
          CREATE_STEPS.slice(CREATE_STEPS.indexOf(step)).flatMap(name => [
            `${name} begun`,
            `${name} done`,
          ]),
        );
      },
    );

    it('is either cancelled or done when both come at once', async () => {
      const ends = await Promise.all(
        Array.from({ length: MANY / 2 }, async (_, index) => {
          const { body } = await scene().order(index, student1, { workers: 0 });
          await delay(index * 20);
          const cancelled = await scene().replicas.call(
            index + 1,
            'POST',
            `/v1/operations/${body.operation.id}/cancel`,
            student1,
          );
          expect(cancelled.status).toBe(202);
          const end = await scene().over(body.operation.id);
          const { body: cluster } = await scene().replicas.call(
            index,
            'GET',
            `/v1/clusters/${body.cluster.id}`,
            student1,
          );
          return `${end.status} ${cluster.phase}`;
        }),
      );
      expect(
        ends.filter(
          end => end !== 'cancelled failed' && end !== 'succeeded ready',
        ),
      ).toEqual([]);
    });

    it('survives retries against cancellations', async () => {
      const ends = await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const { body } = await scene().order(index, student1, { workers: 0 });
          const path = `/v1/operations/${body.operation.id}`;
          await scene().replicas.call(
            index,
            'POST',
            `${path}/cancel`,
            student1,
          );
          await scene().over(body.operation.id);
          const answers = await Promise.all(
            Array.from({ length: 4 }, (__, replica) => [
              scene().replicas.call(replica, 'POST', `${path}/retry`, student1),
              scene().replicas.call(
                replica,
                'POST',
                `${path}/cancel`,
                student1,
              ),
            ]).flat(),
          );
          for (const { status } of answers)
            expect([202, 409]).toContain(status);
          return (await scene().over(body.operation.id)).status;
        }),
      );
      expect(
        ends.filter(end => !['cancelled', 'succeeded'].includes(end)),
      ).toEqual([]);
    });

    it('never builds on after a deletion that raced with a retry', async () => {
      await scene().replicas.hold('machines');
      const cancelled = await Promise.all(
        Array.from({ length: 16 }, async (_, index) => {
          const { body } = await scene().order(index, student1, { workers: 0 });
          const path = `/v1/operations/${body.operation.id}`;
          await scene().replicas.call(
            index,
            'POST',
            `${path}/cancel`,
            student1,
          );
          expect((await scene().over(body.operation.id)).status).toBe(
            'cancelled',
          );
          return { clusterId: body.cluster.id, path, id: body.operation.id };
        }),
      );
      await scene().replicas.letGo('machines');
      const retried = await Promise.all(
        cancelled.map(async ({ clusterId, path, id }, index) => {
          const [retry, deletion, second] = await Promise.all([
            scene().replicas.call(index, 'POST', `${path}/retry`, student1),
            scene().remove(index + 1, clusterId),
            scene().remove(index + 2, clusterId),
          ]);
          expect([202, 409]).toContain(retry.status);
          expect([deletion.status, second.status]).toEqual([202, 202]);
          const deletionId = deletion.body.operation.id;
          expect(second.body.operation.id).toBe(deletionId);
          expect((await scene().over(deletionId)).status).toBe('succeeded');
          // It may have been done before the deletion was accepted, but never works on after that.
          expect(['cancelled', 'succeeded']).toContain(
            (await scene().operation(id)).status,
          );
          await scene().expectNothingAfter(id, deletionId);
          return retry.status;
        }),
      );
      expect(retried).toHaveLength(16);
    });

    it('goes on once with a deletion that failed, however many ask', async () => {
      await scene().replicas.hold('destroy');
      const { body } = await scene().order(0, student1, { workers: 0 });
      await scene().over(body.operation.id);
      const { body: first } = await scene().remove(0, body.cluster.id);
      const { id } = first.operation;
      await scene().begun(id, 'destroy');
      // As after a permanent failure of the step.
      await scene().replicas.knex('operations').where({ id }).update({
        status: 'failed',
        lease_owner: null,
        lease_until: null,
        finished_at: 1,
      });
      await scene()
        .replicas.knex('operation_steps')
        .where({ operation_id: id, name: 'destroy' })
        .update({ status: 'failed' });
      const answers = await Promise.all(
        Array.from({ length: MANY }, (_, index) =>
          scene().remove(index, body.cluster.id, index % 2 ? student1 : admin),
        ),
      );
      expect(statuses(answers)).toEqual([202]);
      expect(new Set(answers.map(a => a.body.operation.id))).toEqual(
        new Set([id]),
      );
      await scene().replicas.letGo('destroy');
      expect((await scene().over(id)).status).toBe('succeeded');
    });

    it('does a step once when its task asks 64 times', async () => {
      const taskId = `task-${randomUUID()}`;
      const { body } = await scene().order(
        0,
        as(student1, { through: 'plugin:scaffolder' }),
        { workers: 0, taskId },
      );
      const { id } = body.operation;
      const answers = await scene().replicas.callMany(
        MANY,
        'POST',
        `/v1/operations/${id}/steps/machines/ensure`,
        asPlugin('scaffolder'),
        { taskId, waitSeconds: 0 },
      );
      expect(statuses(answers)).toEqual([200]);
      await eventually(
        async () =>
          (await scene().operation(id)).steps[1].status === 'succeeded',
        'the step',
      );
      await scene().expectOnce([id], ['machines']);
    });
  },
);
