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

jest.setTimeout(180_000);

const databases = createTestDatabases();
const { admin, student1, student2 } = people;

/** A few of the cases of the long tests beside this file, with two processes. */
describe.each(databases.eachSupportedId())(
  'Two backends on one database (%s)',
  databaseId => {
    const scene = useRaceScene(databaseId, 2);

    it('builds each order once and deletes it once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          scene().order(index, index % 2 ? student1 : student2, {
            environment: index % 4 < 2 ? SMALL : LARGE,
          }),
        ),
      );
      expect(statuses(answers)).toEqual([201]);
      expect(await scene().taken()).toEqual(scene().expectUnique(answers));
      const ids = answers.map(({ body }) => body.operation.id as string);
      for (const id of ids)
        expect(await scene().over(id)).toMatchObject({ status: 'succeeded' });
      await scene().expectOnce(ids, CREATE_STEPS);

      const deletions = await Promise.all(
        answers.flatMap(({ body }) => [
          scene().remove(0, body.cluster.id, admin),
          scene().remove(1, body.cluster.id, admin),
        ]),
      );
      expect(statuses(deletions)).toEqual([202]);
      const ends = [...new Set(deletions.map(({ body }) => body.operation.id))];
      expect(ends).toHaveLength(8);
      for (const id of ends) await scene().over(id);
      await scene().expectOnce(ends, DELETE_STEPS);
    });

    it('answers the same request alike, whichever of them it comes to', async () => {
      const answers = await scene().replicas.callMany(
        8,
        'POST',
        '/v1/clusters',
        student1,
        {
          requestId: randomUUID(),
          name: scene().newName(),
          environment: LARGE,
          size: 'small',
          workers: 0,
        },
      );
      expect(statuses(answers)).toEqual([201]);
      expect(
        new Set(answers.map(a => `${a.body.cluster.id} ${a.body.operation.id}`))
          .size,
      ).toBe(1);
      expect(await scene().taken()).toHaveLength(2);
    });

    it('deletes while it creates', async () => {
      await scene().replicas.hold('machines');
      const { body } = await scene().order(0, student1);
      await scene().begun(body.operation.id, 'machines');
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          scene().remove(index, body.cluster.id),
        ),
      );
      expect(statuses(answers)).toEqual([202]);
      const [id, ...others] = new Set(answers.map(a => a.body.operation.id));
      expect(others).toEqual([]);
      expect((await scene().over(id)).status).toBe('succeeded');
      expect((await scene().operation(body.operation.id)).status).toBe(
        'cancelled',
      );
      await scene().expectNothingAfter(body.operation.id, id);
    });
  },
);
