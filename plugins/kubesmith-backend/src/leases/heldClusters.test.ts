import { createTestDatabases } from '../__testUtils__/databases';
import { as, people, startKubesmith } from '../__testUtils__/startKubesmith';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const { admin, student1 } = people;

describe.each(databases.eachSupportedId())(
  'The list of clusters on %s',
  databaseId => {
    it('says which are kept from expiring, for as long as they are', async () => {
      const kubesmith = await startKubesmith(await databases.init(databaseId));
      try {
        const order = async (name: string) => {
          const { body } = await kubesmith
            .post('/v1/clusters', as(student1), {
              requestId: `order-${name}`,
              name,
              environment: 'distributed-systems-2026',
              size: 'small',
              workers: 0,
            })
            .expect(201);
          return body.cluster.id as string;
        };
        const held = async () =>
          (await kubesmith.get('/v1/clusters', as(student1))).body.items
            .filter((cluster: any) => cluster.held)
            .map(({ name }: any) => name)
            .sort();
        const hold = (id: string, until?: number) =>
          kubesmith
            .post(`/v1/clusters/${id}/lease/hold`, as(admin), {
              reason: 'A long experiment',
              ...(until && { until: new Date(until).toISOString() }),
            })
            .expect(200);
        const [open, dated] = [await order('open'), await order('dated')];
        await order('usual');
        await hold(open);
        await hold(dated, Date.now() + 3_600_000);
        expect(await held()).toEqual(['dated', 'open']);
        const { knex } = kubesmith.stores;
        await knex('lease_holds')
          .where({ cluster_id: dated })
          .update({ until: 1 });
        await kubesmith
          .post(`/v1/clusters/${open}/lease/release`, as(admin))
          .expect(200);
        expect(await held()).toEqual([]);
      } finally {
        await kubesmith.backend.stop();
      }
    });
  },
);
