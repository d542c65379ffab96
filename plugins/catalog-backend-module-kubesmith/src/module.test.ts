import {
  createBackendModule,
  createServiceFactory,
} from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import catalogPlugin from '@backstage/plugin-catalog-backend';
import {
  type EventsService,
  eventsServiceRef,
} from '@backstage/plugin-events-node';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import {
  type KubesmithService,
  kubesmithServiceRef,
} from '@kubesmith/plugin-kubesmith-node';
import request from 'supertest';
import catalogModuleKubesmith from './index';
import { aCluster, anEnvironment } from './__testUtils__/records';

jest.setTimeout(60_000);

it('shows clusters and environments in a real catalog', async () => {
  let events!: EventsService;
  let cluster: Cluster = aCluster();
  const principals = new Set<string>();
  const note = (credentials: { principal: unknown }) =>
    principals.add(JSON.stringify(credentials.principal));
  const backend = await startTestBackend({
    features: [
      catalogPlugin,
      catalogModuleKubesmith,
      mockServices.rootConfig.factory({
        data: { catalog: { processingInterval: { seconds: 1 } } },
      }),
      createServiceFactory({
        service: kubesmithServiceRef,
        deps: {},
        factory: () =>
          ({
            listEnvironments: async (_, { credentials }) => {
              note(credentials);
              return { items: [anEnvironment()] };
            },
            listClusters: async (_, { credentials }) => {
              note(credentials);
              return cluster.phase === 'deleted'
                ? { items: [], total: 0 }
                : { items: [cluster], total: 1 };
            },
            getCluster: async () => cluster,
          } as Partial<KubesmithService> as KubesmithService),
      }),
      createBackendModule({
        pluginId: 'catalog',
        moduleId: 'probe',
        register(env) {
          env.registerInit({
            deps: { service: eventsServiceRef },
            async init({ service }) {
              events = service;
            },
          });
        },
      }),
    ],
  });
  const get = (path: string) =>
    request(backend.server)
      .get(`/api/catalog/entities/by-name/${path}`)
      .set('Authorization', mockCredentials.user.header());
  const clusterPath = 'resource/kubesmith/distributed-systems-2026.demo';
  const until = async (condition: () => Promise<boolean>) => {
    const deadline = Date.now() + 20_000;
    while (!(await condition())) {
      if (Date.now() > deadline) {
        throw new Error('Waited in vain');
      }
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  };

  await until(async () => (await get(clusterPath)).status === 200);
  await until(
    async () =>
      (await get('system/default/distributed-systems-2026')).status === 200,
  );
  expect([...principals]).toEqual([
    JSON.stringify({ type: 'service', subject: 'plugin:catalog' }),
  ]);
  await until(async () =>
    ((await get(clusterPath)).body.relations ?? []).some(
      ({ type, targetRef }: { type: string; targetRef: string }) =>
        type === 'partOf' &&
        targetRef === 'system:default/distributed-systems-2026',
    ),
  );
  expect((await get(clusterPath)).body.relations).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        type: 'ownedBy',
        targetRef: 'group:default/students',
      }),
    ]),
  );

  const publish = () =>
    events.publish({
      topic: 'kubesmith.clusters',
      eventPayload: { clusterId: cluster.id },
    });
  cluster = { ...cluster, phase: 'ready' };
  await publish();
  await until(
    async () => (await get(clusterPath)).body.spec.lifecycle === 'production',
  );

  cluster = { ...cluster, phase: 'deleted' };
  await publish();
  await until(async () => (await get(clusterPath)).status === 404);
  await backend.stop();
});
