import { resolvePackagePath } from '@backstage/backend-plugin-api';
import { mockServices } from '@backstage/backend-test-utils';
import { createTestDatabases } from '../__testUtils__/databases';
import { defineOperation } from './definitions';
import { createEngineLoop } from './Engine';
import { noMetrics } from './metrics';
import { engineDatabase, eventually } from './__testUtils__/engineDatabase';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const directory = resolvePackagePath(
  '@kubesmith/plugin-kubesmith-backend',
  'migrations',
);

describe.each(databases.eachSupportedId())(
  'An update of the portal with operations at work, on %s',
  databaseId => {
    it('goes on where the version before it stopped, while that one still writes', async () => {
      const knex = await databases.init(databaseId);
      const db = await engineDatabase(knex);
      // The schema as it was before its newest part.
      await knex.migrate.down({ directory });
      const { operationId } = await db.order();
      const old = (await db.operations.claim({
        owner: 'old',
        leaseMs: 30_000,
      }))!;
      await db.operations.fenced(old, tx =>
        db.operations.startStep(tx, old, 'machines', { newAttempt: true }),
      );

      // The new version starts beside it, and migrates.
      await knex.migrate.latest({ directory });
      await db.operations.appendEvent(old, {
        level: 'info',
        message: 'still here',
      });
      await db.operations.renew(old, 30_000);
      const ran: string[] = [];
      const step = (name: string) => ({
        run: async ({ resumed }: { resumed: boolean }) => {
          ran.push(`${name}${resumed ? ' resumed' : ''}`);
        },
      });
      const create = defineOperation<{}, 'create'>({
        kind: 'create',
        cancellable: true,
        retry: 'limited',
        steps: {
          machines: step('machines'),
          kubernetes: step('kubernetes'),
          verify: step('verify'),
          activate: step('activate'),
        },
      });
      const engine = createEngineLoop<{}>({
        definitions: { create } as any,
        services: {},
        operations: db.operations,
        clusters: db.clusters,
        logger: mockServices.logger.mock(),
        metrics: noMetrics,
        redact: text => text,
        onClusterChanged: () => {},
        timing: { pollMs: 20 },
      });
      engine.start();
      // Not before the old version lets go.
      await new Promise(resolve => setTimeout(resolve, 200));
      expect(ran).toEqual([]);
      await db.operations.release(old);
      await eventually(
        async () =>
          (await db.operations.get(operationId))!.status === 'succeeded',
        'the end of the operation',
      );
      await engine.stop();
      expect(ran).toEqual([
        'machines resumed',
        'kubernetes',
        'verify',
        'activate',
      ]);
    });
  },
);
