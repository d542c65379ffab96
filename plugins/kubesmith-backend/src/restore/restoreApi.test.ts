import { createTestDatabases } from '../__testUtils__/databases';
import { as, people, startKubesmith } from '../__testUtils__/startKubesmith';
import { RestoreStore } from './RestoreStore';

jest.setTimeout(60_000);

const databases = createTestDatabases();

describe.each(databases.eachSupportedId())(
  'The API on a restored %s',
  databaseId => {
    it('should show everything and change nothing until records and machines were compared', async () => {
      const knex = await databases.init(databaseId);
      const kubesmith = await startKubesmith(knex);
      const student = as(people.student1);
      const order = (name: string) =>
        kubesmith.post('/v1/clusters', student, {
          requestId: `5d2e3bd0-28b4-4b0c-8e8e-4e7a2ad5000${name.at(-1)}`,
          name,
          environment: 'distributed-systems-2026',
          size: 'small',
          workers: 0,
        });
      const { body: placed } = await order('order-1');
      const { id } = placed.cluster;
      await knex('operations').update({ status: 'failed' });

      await new RestoreStore(knex).detected('A test says so.');

      for (const refused of [
        await order('order-2'),
        await kubesmith.post(`/v1/clusters/${id}/delete`, student, {
          requestId: '5d2e3bd0-28b4-4b0c-8e8e-4e7a2ad50009',
        }),
        await kubesmith.post(
          `/v1/operations/${placed.operation.id}/retry`,
          student,
        ),
      ]) {
        expect([refused.status, refused.body.error]).toEqual([
          503,
          {
            name: 'ServiceUnavailableError',
            code: 'KUBESMITH-DATABASE-RESTORED',
            message: expect.stringMatching(
              /^The portal's records were restored from a backup.*Tell the department/,
            ),
          },
        ]);
      }
      const list = await kubesmith.get('/v1/clusters', student);
      expect(list.body.total).toBe(1);
      expect(await knex('operations')).toHaveLength(1);
      await kubesmith.backend.stop();
    });
  },
);
