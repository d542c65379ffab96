import { createTestDatabases } from '../__testUtils__/databases';
import { as, people, startKubesmith } from '../__testUtils__/startKubesmith';
import { readDatabaseTime } from '../database/databaseTime';
import { engineDatabase } from '../engine/__testUtils__/engineDatabase';
import { ConditionStore } from './ConditionStore';

jest.setTimeout(60_000);

const databases = createTestDatabases();

describe.each(databases.eachSupportedId())('A cluster on %s', id => {
  let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;
  beforeEach(async () => {
    kubesmith = await startKubesmith(await databases.init(id));
  });
  afterEach(() => kubesmith.backend.stop());

  it('should show its conditions as long as they are of now', async () => {
    const { clusters, knex } = kubesmith.stores;
    const db = await engineDatabase(knex);
    const { clusterId, operationId } = await db.order({ name: 'demo' });
    const finish = async () =>
      knex('operations')
        .where({ id: operationId })
        .update({
          status: 'succeeded',
          finished_at: (await readDatabaseTime(knex)) + 1,
        });
    await knex('operations')
      .where({ id: operationId })
      .update({ status: 'succeeded', finished_at: 1 });
    await clusters.markReady(clusterId);
    const read = async () =>
      (
        await kubesmith
          .get(`/v1/clusters/${clusterId}`, as(people.admin))
          .expect(200)
      ).body.conditions;
    expect(await read()).toBe(undefined);
    await new ConditionStore(knex).put(clusterId, [
      {
        type: 'versions',
        status: 'false',
        reason: 'VersionDiffers',
        message: 'Another one.',
        nextStep: 'Upgrade.',
      },
      {
        type: 'reachable',
        status: 'true',
        reason: 'Answers',
        message: 'It answers.',
      },
    ]);
    expect(await read()).toEqual([
      {
        type: 'reachable',
        status: 'true',
        reason: 'Answers',
        message: 'It answers.',
        since: expect.stringMatching(/Z$/),
      },
      {
        type: 'versions',
        status: 'false',
        reason: 'VersionDiffers',
        message: 'Another one.',
        nextStep: 'Upgrade.',
        since: expect.stringMatching(/Z$/),
      },
    ]);
    await finish();
    expect(await read()).toBe(undefined);
  });
});
