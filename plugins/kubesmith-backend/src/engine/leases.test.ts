import { mockServices } from '@backstage/backend-test-utils';
import { createTestDatabases } from '../__testUtils__/databases';
import { readDatabaseTime } from '../database/databaseTime';
import { createEngineLoop, ENGINE_TIMING } from './Engine';
import { noMetrics } from './metrics';
import { defineOperation } from './definitions';
import { engineDatabase, eventually } from './__testUtils__/engineDatabase';

jest.setTimeout(60_000);

const databases = createTestDatabases();

it('should renew leases often enough to lose two renewals', () => {
  expect(ENGINE_TIMING).toMatchObject({ leaseMs: 30_000, renewMs: 10_000 });
});

describe.each(databases.eachSupportedId())('A lease on %s', databaseId => {
  it('should last 30 s as nobody said otherwise, by the database’s clock alone', async () => {
    const db = await engineDatabase(await databases.init(databaseId));
    const { operationId } = await db.order();
    // This machine's clock is a day late.
    const right = Date.now;
    jest.spyOn(Date, 'now').mockImplementation(() => right() - 86_400_000);
    let finish = () => {};
    const held = new Promise<void>(resolve => {
      finish = resolve;
    });
    const wait = { run: () => held };
    const engine = createEngineLoop<{}>({
      definitions: {
        create: defineOperation<{}, 'create'>({
          kind: 'create',
          cancellable: true,
          retry: 'limited',
          steps: {
            machines: wait,
            kubernetes: wait,
            verify: wait,
            activate: wait,
          },
        }),
      } as any,
      services: {},
      operations: db.operations,
      clusters: db.clusters,
      logger: mockServices.logger.mock(),
      metrics: noMetrics,
      redact: text => text,
      onClusterChanged: () => {},
    });
    const before = await readDatabaseTime(db.knex);
    engine.start();
    const { leaseUntil } = await eventually(async () => {
      const found = await db.operations.get(operationId);
      return found?.leaseUntil ? found : undefined;
    }, 'the lease');
    const after = await readDatabaseTime(db.knex);
    finish();
    await engine.stop();
    jest.restoreAllMocks();
    expect(leaseUntil).toBeGreaterThanOrEqual(before + 30_000);
    expect(leaseUntil).toBeLessThanOrEqual(after + 30_000);
  });
});
