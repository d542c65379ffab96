/* eslint-disable @backstage/no-relative-monorepo-imports -- the portal's plugins with the doubles of their own tests; no package may import them all */
/**
 * The backend that is measured, in a process of its own; settings.ts says what it is made of. Real are the Kubesmith plugin, the
 * permission framework, our policy module with the policies that ship, Backstage's database and HTTP services; the catalog looks for
 * changes as often as app-config.yaml says. Sign-in is taken at its word. Prints a line of JSON with its port, answers questions, and
 * ends when its standard input does.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { databaseServiceFactory } from '@backstage/backend-defaults/database';
import { permissionsServiceFactory } from '@backstage/backend-defaults/permissions';
import { permissionsRegistryServiceFactory } from '@backstage/backend-defaults/permissionsRegistry';
import { schedulerServiceFactory } from '@backstage/backend-defaults/scheduler';
import {
  coreServices,
  createServiceFactory,
} from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import catalogPlugin from '@backstage/plugin-catalog-backend';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { eventsServiceFactory } from '@backstage/plugin-events-node';
import permissionPlugin from '@backstage/plugin-permission-backend';
import permissionModuleKubesmith from '@kubesmith/plugin-permission-backend-module-kubesmith';
import { parse } from 'yaml';
import { authThatKeepsActors } from '../../packages/backend/src/policies/__testUtils__/authThatKeepsActors';
import { createKubesmithPlugin } from '../../plugins/kubesmith-backend/src/createKubesmithPlugin';
import {
  FakeKubectlRunner,
  IdleEngine,
  InMemoryHypervisor,
} from '../../plugins/kubesmith-backend/src/__testUtils__/doubles';
import { noMachines } from '../../plugins/kubesmith-backend/src/reconciler/__testUtils__/noMachines';
import { claimsOf } from '../list/people';
import { orderWorld } from './orderWorld';
import { recordedMachines } from './recordedMachines';
import type { PortalQuestion, PortalSettings } from './settings';
import { MirrorWatch, timedCatalogModule } from './timedCatalogModule';

const asShipped = parse(
  readFileSync(join(__dirname, '..', '..', 'app-config.yaml'), 'utf8'),
);
/** Runs nothing unless it is asked to. */
const scheduler = mockServices.scheduler();

async function main(settings: PortalSettings) {
  const { catalog, database, folder, kubesmith, world } = settings;
  const watch = new MirrorWatch();
  const loop = monitorEventLoopDelay({ resolution: 5 });
  const backend = await startTestBackend({
    features: [
      permissionPlugin,
      permissionModuleKubesmith,
      createKubesmithPlugin(async options =>
        world === 'orders'
          ? orderWorld(options)
          : {
              ...noMachines,
              engine: new IdleEngine(),
              hypervisor: new InMemoryHypervisor(),
              inspectEnvironment: async () => [],
              kubectl: new FakeKubectlRunner(),
              machines: recordedMachines(options),
              close: async () => {},
            },
      ),
      ...(catalog === 'none'
        ? [catalogServiceMock.factory({ entities: [] })]
        : [catalogPlugin, timedCatalogModule(watch)]),
      mockServices.rootConfig.factory({
        data: {
          backend: { baseUrl: 'http://localhost:0', database },
          permission: { enabled: true },
          catalog: {
            rules: [{ allow: ['Resource', 'System'] }],
            stitchingStrategy: asShipped.catalog.stitchingStrategy,
            ...(catalog === 'still' && { processingInterval: false }),
          },
          kubesmith: { ...kubesmith, dataDirectory: folder },
        },
      }),
      authThatKeepsActors,
      databaseServiceFactory,
      // The mock tells no other plugin.
      eventsServiceFactory,
      permissionsServiceFactory,
      permissionsRegistryServiceFactory,
      world === 'orders'
        ? schedulerServiceFactory
        : createServiceFactory({
            service: coreServices.scheduler,
            deps: {},
            factory: () => scheduler,
          }),
      // The simulated nodes' certificates are none: the conditions would complain.
      mockServices.rootLogger.factory({ level: 'error' }),
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
  loop.enable();

  const answer = async (question: PortalQuestion) => {
    switch (question.ask) {
      case 'turn':
      case 'delta': {
        watch.mutationMs = 0;
        const begun = performance.now();
        if (question.ask === 'turn') await scheduler.triggerTask(question.task);
        else await watch.tell(question.clusterId);
        const ms = performance.now() - begun;
        return { ms, mutationMs: watch.mutationMs };
      }
      case 'eventLoop': {
        const [p99, most] = [loop.percentile(99), loop.max].map(
          ns => ns / 1_000_000,
        );
        loop.reset();
        return { p99, most };
      }
      default:
        return { rss: process.memoryUsage.rss() };
    }
  };
  const say = (word: object) =>
    process.stdout.write(`${JSON.stringify(word)}\n`);
  say({ port: backend.server.port() });
  const questions = createInterface(process.stdin);
  questions.on('line', async line => {
    try {
      say(await answer(JSON.parse(line)));
    } catch (error) {
      say({ error: String((error as Error).stack) });
    }
  });
  questions.on('close', async () => {
    await backend.stop();
    process.exit(0);
  });
}

main(JSON.parse(process.argv[2])).catch(error => {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(1);
});
