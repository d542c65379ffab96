/* eslint-disable @backstage/no-relative-monorepo-imports -- the portal's plugins with the doubles of their own tests; no package may import them all */
import { readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { permissionsServiceFactory } from '@backstage/backend-defaults/permissions';
import { permissionsRegistryServiceFactory } from '@backstage/backend-defaults/permissionsRegistry';
import {
  type BackendFeature,
  type SchedulerService,
  coreServices,
  createBackendModule,
  createServiceFactory,
} from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import catalogPlugin from '@backstage/plugin-catalog-backend';
import scaffolderEntityModel from '@backstage/plugin-catalog-backend-module-scaffolder-entity-model';
import { catalogProcessingExtensionPoint } from '@backstage/plugin-catalog-node';
import {
  DefaultEventsService,
  eventsServiceRef,
} from '@backstage/plugin-events-node';
import type { JsonObject } from '@backstage/types';
import permissionPlugin from '@backstage/plugin-permission-backend';
import scaffolderPlugin from '@backstage/plugin-scaffolder-backend';
import searchPlugin from '@backstage/plugin-search-backend';
import searchCatalogModule from '@backstage/plugin-search-backend-module-catalog';
import catalogModuleKubesmith from '@kubesmith/plugin-catalog-backend-module-kubesmith';
import permissionModuleKubesmith from '@kubesmith/plugin-permission-backend-module-kubesmith';
import scaffolderModuleKubesmith from '@kubesmith/plugin-scaffolder-backend-module-kubesmith';
import request from 'supertest';
import { parse } from 'yaml';
import { createKubesmithPlugin } from '../../../../../../plugins/kubesmith-backend/src/createKubesmithPlugin';
import { testConfigData } from '../../../../../../plugins/kubesmith-backend/src/__testUtils__/config';
import {
  FakeKubectlRunner,
  IdleEngine,
  InMemoryHypervisor,
} from '../../../../../../plugins/kubesmith-backend/src/__testUtils__/doubles';
import { noMachines } from '../../../../../../plugins/kubesmith-backend/src/reconciler/__testUtils__/noMachines';
import { eventually } from '../../../../../../plugins/kubesmith-backend/src/engine/__testUtils__/engineDatabase';
import type { OutsideWorldOptions } from '../../../../../../plugins/kubesmith-backend/src/outsideWorld';
import { actionTemplates } from './actionTemplates';
import { authThatKeepsActors } from '../authThatKeepsActors';
import { groupEntities, groupsOf, personEntities } from './people';

const ROOT = resolve(__dirname, '../../../../../..');
const LIMIT_MS = 60_000;

/** How one asks: a person, another plugin, or nobody. */
export type Asker = { authorization?: string };

/** A person who is signed in. */
export const asPerson = (userRef: string): Asker => ({
  authorization: mockCredentials.user.header(userRef),
});

/** A plugin that speaks for itself to another one. */
export const asPlugin = (subject: string, targetPluginId: string): Asker => ({
  authorization: mockCredentials.service.header({
    onBehalfOf: mockCredentials.service(`plugin:${subject}`),
    targetPluginId,
  }),
});

/** The mock would give each plugin a bus of its own. */
const oneEventBus = createServiceFactory({
  service: eventsServiceRef,
  deps: {
    logger: coreServices.rootLogger,
    plugin: coreServices.pluginMetadata,
  },
  createRootContext: ({ logger }) => DefaultEventsService.create({ logger }),
  factory: ({ plugin }, bus) => bus.forPlugin(plugin.getId()),
});

/** The templates as they are delivered. */
function readTemplates() {
  const folder = resolve(ROOT, 'templates');
  return readdirSync(folder).map(name =>
    parse(readFileSync(resolve(folder, name, 'template.yaml'), 'utf8')),
  );
}

/** Waits for something, at most a minute. */
export const until = <T>(
  probe: () => Promise<T | undefined | false>,
  what: string,
): Promise<T> => eventually(probe, what, LIMIT_MS);

/** What decides in place of our policy module. */
export type OtherEngine = {
  engine: BackendFeature;
  /** Below `permission` of the app-config. */
  permission: JsonObject;
  /** Beside it. */
  config?: JsonObject;
};

type Call = (
  asker: Asker,
  method: 'get' | 'put',
  path: string,
  body?: object,
) => Promise<{ status: number; body: any }>;

async function savePolicies(call: Call, yaml: string): Promise<void> {
  const admin = asPerson('user:default/admin');
  const path = '/permission/kubesmith/policies';
  const saved = await call(admin, 'get', path);
  const change = await call(admin, 'put', path, {
    yaml,
    expectedVersion: saved.body.version,
    reason: 'The matrix.',
  });
  if (change.status !== 200)
    throw new Error(`Policies: ${JSON.stringify(change.body)}`);
}

/**
 * The portal's backend as `src/index.ts` puts it together, with the real policies, permission framework, catalog, search,
 * scaffolder and Kubesmith plugin, on SQLite in memory. Left out are sign-in (people are taken at their word), the frontend,
 * notifications and what is behind the engine: nothing is built, and kubectl is imitated.
 *
 * @param policies - YAML in place of the policies that ship; or another policy engine in place of our module
 */
export async function startPortal(policies: string | OtherEngine) {
  const other = typeof policies === 'string' ? undefined : policies;
  let stores!: OutsideWorldOptions;
  let scheduler!: SchedulerService;
  const backend = await startTestBackend({
    features: [
      permissionPlugin,
      other?.engine ?? permissionModuleKubesmith,
      catalogPlugin,
      scaffolderEntityModel,
      catalogModuleKubesmith,
      searchPlugin,
      searchCatalogModule,
      scaffolderPlugin,
      scaffolderModuleKubesmith,
      createKubesmithPlugin(async options => {
        stores = options;
        const hypervisor = new InMemoryHypervisor();
        return {
          engine: new IdleEngine(),
          hypervisor,
          inspectEnvironment: environment =>
            hypervisor.inspectEnvironment(environment),
          kubectl: new FakeKubectlRunner(),
          ...noMachines,
          close: async () => {},
        };
      }),
      createBackendModule({
        pluginId: 'catalog',
        moduleId: 'people-and-templates',
        register(env) {
          env.registerInit({
            deps: {
              processing: catalogProcessingExtensionPoint,
              scheduler: coreServices.scheduler,
            },
            async init({ processing, scheduler: ofAllPlugins }) {
              // The mock is one for all.
              scheduler = ofAllPlugins;
              processing.addEntityProvider({
                getProviderName: () => 'people-and-templates',
                connect: connection =>
                  connection.applyMutation({
                    type: 'full',
                    entities: [
                      ...personEntities(),
                      ...groupEntities(),
                      ...readTemplates(),
                      ...actionTemplates(),
                    ].map(entity => ({
                      entity: {
                        ...entity,
                        metadata: {
                          ...entity.metadata,
                          annotations: {
                            'backstage.io/managed-by-location': 'url:test',
                            'backstage.io/managed-by-origin-location':
                              'url:test',
                          },
                        },
                      },
                      locationKey: 'test',
                    })),
                  }),
              });
            },
          });
        },
      }),
      mockServices.rootConfig.factory({
        data: {
          backend: { baseUrl: 'http://localhost:0' },
          permission: { enabled: true, ...other?.permission },
          catalog: { processingInterval: { seconds: 1 } },
          kubesmith: {
            ...testConfigData(),
            ...(other && { policyEngine: 'other' }),
          },
          ...other?.config,
        },
      }),
      // Whoever brings no credentials is nobody, not the mocks' default person.
      mockServices.httpAuth.factory({
        defaultCredentials: mockCredentials.none(),
      }),
      mockServices.userInfo.mock({
        getUserInfo: async ({ principal }) => {
          const { userEntityRef } = principal as { userEntityRef: string };
          return {
            userEntityRef,
            ownershipEntityRefs: [userEntityRef, ...groupsOf(userEntityRef)],
          };
        },
      }).factory,
      authThatKeepsActors,
      oneEventBus,
      permissionsServiceFactory,
      permissionsRegistryServiceFactory,
    ],
  });

  /** Sends one request to `/api/…`. */
  const call = async (
    asker: Asker,
    method: 'get' | 'post' | 'put' | 'delete',
    path: string,
    body?: object,
  ) => {
    const sent = request(backend.server)[method](`/api${path}`);
    if (asker.authorization) sent.set('Authorization', asker.authorization);
    return body === undefined ? sent : sent.send(body);
  };

  const admin = asPerson('user:default/admin');
  // Policies name people whom the catalog must know, with their groups.
  await until(async () => {
    const { body } = await call(
      admin,
      'get',
      '/catalog/entities/by-query?filter=kind=user',
    );
    const known = (body.items ?? []) as { relations?: object[] }[];
    return (
      known.length === personEntities().length &&
      known.filter(({ relations }) => relations?.length).length ===
        personEntities().filter(({ spec }) => spec.memberOf.length).length
    );
  }, 'the people in the catalog');
  if (typeof policies === 'string') await savePolicies(call, policies);

  return {
    backend,
    call,
    stores,
    /** Has the catalog read all of Kubesmith's records anew. */
    refresh: () => scheduler.triggerTask('kubesmith-refresh'),
    /** Has the search engine read the catalog anew. */
    async index() {
      const tasks = await scheduler.getScheduledTasks();
      for (const { id } of tasks.filter(task => /search/.test(task.id)))
        await scheduler.triggerTask(id);
    },
    stop: () => backend.stop(),
  };
}

/** A portal that runs. */
export type Portal = Awaited<ReturnType<typeof startPortal>>;
