import { randomUUID } from 'node:crypto';
import { testConfigData } from '../__testUtils__/config';
import { createTestDatabases } from '../__testUtils__/databases';
import { as, people, startKubesmith } from '../__testUtils__/startKubesmith';
import { aDraft } from '../environments/__testUtils__/draft';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const { admin, student1 } = people;
const [configured] = testConfigData().environments;
const NEXT = 'ds-2027';

describe.each(databases.eachSupportedId())(
  'Quotas of another environment on %s',
  databaseId => {
    let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;

    /** Another environment on the same network. */
    const makeNext = () =>
      kubesmith
        .post(
          '/v1/environments',
          as(admin),
          aDraft({
            name: NEXT,
            pool: { ...configured.pool, quarantineMinutes: 0 },
            proxmox: {
              ...configured.proxmox,
              vmids: { first: 50_000, last: 50_099 },
            },
          }),
        )
        .expect(201);
    beforeEach(async () => {
      kubesmith = await startKubesmith(await databases.init(databaseId));
      await makeNext();
    });
    afterEach(() => kubesmith.backend.stop());

    const limit = (limits: object) =>
      kubesmith
        .post('/v1/quotas', as(admin), {
          environment: NEXT,
          scope: 'each-person',
          limits,
        })
        .expect(200);
    async function ready() {
      const { body } = await kubesmith
        .post('/v1/clusters', as(student1), {
          requestId: randomUUID(),
          name: 'demo',
          environment: configured.name,
          size: 'small',
          workers: 1,
        })
        .expect(201);
      const id: string = body.cluster.id;
      await kubesmith.stores
        .knex('operations')
        .where({ cluster_id: id })
        .update({ status: 'succeeded' });
      await kubesmith.stores.clusters.markReady(id);
      return id;
    }
    const move = (id: string) =>
      kubesmith.post(`/v1/clusters/${id}/move`, as(admin), {
        environment: NEXT,
      });

    it('hold for a cluster that is moved there, by whose it is', async () => {
      const id = await ready();
      await limit({ vcpu: 3 });
      const { body } = await move(id).expect(400);
      expect(body.error.problems).toEqual([
        expect.objectContaining({
          field: 'environment',
          code: 'KUBESMITH-QUOTA-EXCEEDED',
          message:
            'The quota of each person in Databases 2026 has 3 of 3 vCPU left; the order needs 4.',
        }),
      ]);
      expect(await kubesmith.stores.clusters.get(id)).toMatchObject({
        environment: configured.name,
      });
      await limit({ vcpu: 4 });
      await move(id).expect(200);
      const { body: mine } = await kubesmith.get(
        '/v1/quotas/mine',
        as(student1),
      );
      expect(mine.items).toMatchObject([
        {
          environment: NEXT,
          limits: [{ resource: 'vcpu', limit: 4, use: 4 }],
        },
      ]);
    });

    it('end with the environment', async () => {
      await limit({ vcpu: 3 });
      await kubesmith
        .post('/v1/approval-limits', as(admin), {
          environment: NEXT,
          limits: { workers: 0 },
        })
        .expect(200);
      await kubesmith
        .delete(`/v1/environments/${NEXT}?expectedVersion=1`, as(admin))
        .expect(200);
      await makeNext();
      for (const path of ['/v1/quotas', '/v1/approval-limits']) {
        const { body } = await kubesmith.get(path, as(admin));
        expect(body.items).toEqual([]);
      }
    });
  },
);
