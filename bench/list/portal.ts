/* eslint-disable @backstage/no-relative-monorepo-imports -- the portal's plugins with the doubles of their own tests; no package may import them all */
/**
 * The backend that the list is asked of, in a process of its own: the real Kubesmith plugin, permission framework and policy
 * module with the policies that ship, Backstage's real database, HTTP and permission services. Sign-in is taken at its word, the
 * catalog is empty, and nothing is built. Prints one line of JSON with its port, and ends when its standard input does.
 */
import { databaseServiceFactory } from '@backstage/backend-defaults/database';
import { permissionsServiceFactory } from '@backstage/backend-defaults/permissions';
import { permissionsRegistryServiceFactory } from '@backstage/backend-defaults/permissionsRegistry';
import {
  coreServices,
  createServiceFactory,
} from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import permissionPlugin from '@backstage/plugin-permission-backend';
import permissionModuleKubesmith from '@kubesmith/plugin-permission-backend-module-kubesmith';
import { authThatKeepsActors } from '../../packages/backend/src/policies/__testUtils__/authThatKeepsActors';
import { testConfigData } from '../../plugins/kubesmith-backend/src/__testUtils__/config';
import {
  FakeKubectlRunner,
  IdleEngine,
  InMemoryHypervisor,
} from '../../plugins/kubesmith-backend/src/__testUtils__/doubles';
import { noMachines } from '../../plugins/kubesmith-backend/src/reconciler/__testUtils__/noMachines';
import { createKubesmithPlugin } from '../../plugins/kubesmith-backend/src/createKubesmithPlugin';
import type { OutsideWorldOptions } from '../../plugins/kubesmith-backend/src/outsideWorld';
import { loadAllThenFilter } from './loadAllThenFilter';
import { claimsOf } from './people';

/** What it is told on its command line, as JSON. */
export interface PortalSettings {
  /** The section `backend.database` of the configuration. */
  database: object;
  /** The plugin's data directory. */
  folder: string;
}

async function main({ database, folder }: PortalSettings) {
  let stores: OutsideWorldOptions | undefined;
  const backend = await startTestBackend({
    features: [
      permissionPlugin,
      permissionModuleKubesmith,
      createKubesmithPlugin(async options => {
        stores = options;
        return {
          engine: new IdleEngine(),
          hypervisor: new InMemoryHypervisor(),
          inspectEnvironment: async () => [],
          kubectl: new FakeKubectlRunner(),
          ...noMachines,
          close: async () => {},
        };
      }),
      loadAllThenFilter(() => {
        if (!stores) throw new Error('The plugin does not run yet');
        return stores;
      }),
      mockServices.rootConfig.factory({
        data: {
          backend: { baseUrl: 'http://localhost:0', database },
          permission: { enabled: true },
          kubesmith: { ...testConfigData(), dataDirectory: folder },
        },
      }),
      authThatKeepsActors,
      catalogServiceMock.factory({ entities: [] }),
      databaseServiceFactory,
      permissionsServiceFactory,
      permissionsRegistryServiceFactory,
      mockServices.rootLogger.factory({ level: 'warn' }),
      createServiceFactory({
        service: coreServices.userInfo,
        deps: {},
        factory: () => ({
          async getUserInfo({ principal }) {
            const { userEntityRef } = principal as { userEntityRef: string };
            return {
              userEntityRef,
              ownershipEntityRefs: claimsOf(userEntityRef),
            };
          },
        }),
      }),
    ],
  });
  process.stdout.write(`${JSON.stringify({ port: backend.server.port() })}\n`);
  process.stdin.resume();
  process.stdin.on('end', async () => {
    await backend.stop();
    process.exit(0);
  });
}

main(JSON.parse(process.argv[2])).catch(error => {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(1);
});
