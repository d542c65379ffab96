import { randomUUID } from 'node:crypto';
import { createTestDatabases } from '../__testUtils__/databases';
import { people } from '../__testUtils__/people';
import { LARGE, SMALL } from '../__testUtils__/replicas/raceConfig';
import {
  CREATE_STEPS,
  DELETE_STEPS,
  statuses,
} from '../__testUtils__/replicas/RaceScene';
import { useRaceScene } from '../__testUtils__/replicas/useRaceScene';
import type { Answer } from '../__testUtils__/replicas/Replicas';

jest.setTimeout(15 * 60_000);

const databases = createTestDatabases();
const { admin, student1, student2 } = people;
const MANY = 64;

/** Orders in four processes on one database, all at once. */
describe.each(databases.eachSupportedId())(
  'Orders that race on %s',
  databaseId => {
    const scene = useRaceScene(databaseId, 4);

    it('takes 64 orders, builds each once and deletes each once', async () => {
      const answers = await Promise.all(
        Array.from({ length: MANY }, (_, index) =>
          scene().order(index, student1),
        ),
      );
      expect(statuses(answers)).toEqual([201]);
      const addresses = scene().expectUnique(answers);
      expect(addresses).toHaveLength(3 * MANY);
      expect(await scene().taken()).toEqual(addresses);
      const macs = await scene().replicas.knex('nodes').whereNull('removed_at');
      expect(new Set(macs.map(row => row.mac_address)).size).toBe(2 * MANY);

      const creations = answers.map(({ body }) => body.operation.id as string);
      for (const id of creations) {
        expect(await scene().over(id)).toMatchObject({ status: 'succeeded' });
      }
      await scene().expectOnce(creations, CREATE_STEPS);
      const workers = new Set(
        (await scene().replicas.performed()).map(({ pid }) => pid),
      );
      expect(workers.size).toBe(4);

      // Each is deleted by two people at once, through different processes.
      const deletions = await Promise.all(
        answers.flatMap(({ body }, index) => [
          scene().remove(index, body.cluster.id),
          scene().remove(index + 1, body.cluster.id, admin),
        ]),
      );
      expect(statuses(deletions)).toEqual([202]);
      const ids = [...new Set(deletions.map(({ body }) => body.operation.id))];
      expect(ids).toHaveLength(MANY);
      for (const id of ids) {
        expect(await scene().over(id)).toMatchObject({ status: 'succeeded' });
      }
      await scene().expectOnce(ids, DELETE_STEPS);
      expect(await scene().taken()).toEqual([]);
    });

    it('refuses what a pool of 53 does not hold, names the pool and loses none', async () => {
      // The other environment takes machine ids of the same range at the same time.
      const [small, large] = await Promise.all(
        [SMALL, LARGE].map(environment =>
          Promise.all(
            Array.from({ length: MANY / 2 }, (_, index) => [
              scene().order(index, student1, { environment }),
              scene().order(index + 1, student2, {
                environment,
                workers: environment === SMALL ? 1 : 0,
              }),
            ]).flat(),
          ),
        ),
      );
      const accepted = small.filter(({ status }) => status === 201);
      const refused = small.filter(({ status }) => status === 400);
      expect(accepted.length + refused.length).toBe(MANY);
      expect(statuses(large)).toEqual([201]);
      expect(accepted).toHaveLength(17);
      for (const { body } of refused) {
        expect(body.error.code).toBe('KUBESMITH-POOL-EXHAUSTED');
        expect(body.error.message).toContain(
          "The address pool 'research' has 2",
        );
      }
      const addresses = scene().expectUnique([...accepted, ...large]);
      expect(await scene().taken()).toEqual(addresses);
      const live = await scene()
        .replicas.knex('clusters')
        .whereNull('deleted_at');
      expect(live).toHaveLength(accepted.length + MANY);
      const secrets = await scene()
        .replicas.knex('secrets')
        .distinct('owner_id');
      expect(secrets.map(row => row.owner_id).sort()).toEqual(
        live.map(({ id }) => id).sort(),
      );
    });

    it('gives one cluster to the same request that comes 64 times', async () => {
      await scene().replicas.hold('machines');
      const body = {
        requestId: randomUUID(),
        name: scene().newName(),
        environment: LARGE,
        size: 'small',
        workers: 2,
      };
      const answers = await scene().replicas.callMany(
        MANY,
        'POST',
        '/v1/clusters',
        student1,
        body,
      );
      expect(statuses(answers)).toEqual([201]);
      const essence = ({ body: { cluster, operation: begunBy } }: Answer) => {
        // How far the engine is differs from answer to answer.
        const { operation: _, phase, updatedAt, ...rest } = cluster;
        return JSON.stringify({ ...rest, operationId: begunBy.id });
      };
      expect(new Set(answers.map(essence)).size).toBe(1);
      expect(await scene().taken()).toHaveLength(4);
    });

    it('gives a name to one of two people', async () => {
      const name = scene().newName();
      const answers = await Promise.all(
        Array.from({ length: MANY }, (_, index) =>
          scene().order(index, index % 8 < 4 ? student1 : student2, { name }),
        ),
      );
      const refused = answers.filter(({ status }) => status !== 201);
      expect(refused).toHaveLength(MANY - 1);
      for (const answer of refused) {
        expect(answer.status).toBe(400);
        expect(answer.body.error.code).toBe('KUBESMITH-NAME-TAKEN');
      }
      expect(await scene().taken()).toHaveLength(3);
    });

    it('issues 64 kubeconfigs at once, and revokes one of them once', async () => {
      const { body } = await scene().order(0, student1, { workers: 0 });
      await scene().over(body.operation.id);
      const path = `/v1/clusters/${body.cluster.id}/grants`;
      const issued = await scene().replicas.callMany(
        MANY,
        'POST',
        path,
        student1,
      );
      expect(statuses(issued)).toEqual([201]);
      const ids = new Set(issued.map(answer => answer.body.grant.id));
      expect(ids.size).toBe(MANY);
      const [id] = ids;
      const revoked = await scene().replicas.callMany(
        MANY,
        'POST',
        `/v1/grants/${id}/revoke`,
        student1,
      );
      expect(statuses(revoked)).toEqual([200]);
      expect(new Set(revoked.map(a => a.body.revokedAt)).size).toBe(1);
      const { body: list } = await scene().replicas.call(
        0,
        'GET',
        path,
        student1,
      );
      expect(
        list.items.filter(({ active }: { active: boolean }) => active),
      ).toHaveLength(MANY - 1);
    });

    it('answers 64 checks of an order alike', async () => {
      const answers = await scene().replicas.callMany(
        MANY,
        'POST',
        '/v1/orders/check',
        student1,
        { name: 'fine', environment: SMALL, size: 'small', workers: 1 },
      );
      expect(statuses(answers)).toEqual([200]);
      expect(new Set(answers.map(a => JSON.stringify(a.body)))).toEqual(
        new Set(['{"problems":[],"quotas":[]}']),
      );
    });
  },
);
