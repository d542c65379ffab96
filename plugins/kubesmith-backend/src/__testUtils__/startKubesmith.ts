import { metricsServiceMock } from '@backstage/backend-test-utils/alpha';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import { eventsServiceRef } from '@backstage/plugin-events-node';
import { signalsServiceRef } from '@backstage/plugin-signals-node';
import {
  type BackendFeature,
  createServiceFactory,
} from '@backstage/backend-plugin-api';
import type { JsonObject } from '@backstage/types';
import type { Knex } from 'knex';
import request from 'supertest';
import { noMachines } from '../reconciler/__testUtils__/noMachines';
import { createKubesmithPlugin } from '../createKubesmithPlugin';
import type { OutsideWorld, OutsideWorldOptions } from '../outsideWorld';
import { catalogOfPeople } from './catalog';
import { testConfigData } from './config';
import { FakeKubectlRunner, IdleEngine, InMemoryHypervisor } from './doubles';
import { permissions, userInfo } from './people';
import { policyEngine } from './policyEngine';

export { as, asPlugin, people } from './people';

/**
 * Starts the plugin with its real records and API on a database, and doubles in place of the outside world.
 *
 * @param options.permissions - instead of the decisions of these tests
 * @param options.features - more of them
 * @param options.config - beside `kubesmith:`
 * @param options.outside - in place of the doubles
 */
export async function startKubesmith(
  knex: Knex,
  options: {
    permissions?: BackendFeature;
    features?: BackendFeature[];
    config?: JsonObject;
    outside?: Partial<OutsideWorld>;
  } = {},
) {
  const engine = new IdleEngine();
  const hypervisor = new InMemoryHypervisor();
  const kubectl = new FakeKubectlRunner();
  const publishedEvents: unknown[] = [];
  const signals: Array<{ recipients: unknown; message: unknown }> = [];
  const auditEntries: Array<{
    eventId: string;
    meta: unknown;
    outcome?: 'success' | 'fail';
    error?: Error;
  }> = [];
  let stores: OutsideWorldOptions;

  const auditor = mockServices.auditor.mock();
  auditor.createEvent.mockImplementation(async ({ eventId, meta }) => {
    const entry: (typeof auditEntries)[number] = { eventId, meta };
    auditEntries.push(entry);
    return {
      async success() {
        entry.outcome = 'success';
      },
      async fail({ error }: { error: Error }) {
        entry.outcome = 'fail';
        entry.error = error;
      },
    };
  });
  const logger = mockServices.logger.mock();
  logger.child.mockReturnValue(logger);

  const engineOfPolicies = policyEngine();

  const backend = await startTestBackend({
    features: [
      engineOfPolicies.feature,
      createKubesmithPlugin(async given => {
        stores = given;
        return {
          engine,
          hypervisor,
          inspectEnvironment: environment =>
            hypervisor.inspectEnvironment(environment),
          kubectl,
          ...noMachines,
          ...options.outside,
          close: async () => {},
        };
      }),
      mockServices.rootConfig.factory({
        data: { ...options.config, kubesmith: testConfigData() },
      }),
      mockServices.database.factory({ knex }),
      auditor.factory,
      catalogOfPeople(),
      logger.factory,
      metricsServiceMock.mock().factory,
      mockServices.userInfo.mock(userInfo).factory,
      options.permissions ?? mockServices.permissions.mock(permissions).factory,
      ...(options.features ?? []),
      createServiceFactory({
        service: eventsServiceRef,
        deps: {},
        factory: () => ({
          publish: async event => void publishedEvents.push(event),
          subscribe: async () => {},
        }),
      }),
      createServiceFactory({
        service: signalsServiceRef,
        deps: {},
        factory: () => ({
          publish: async signal => void signals.push(signal as never),
        }),
      }),
    ],
  });

  const call =
    (method: 'get' | 'post' | 'put' | 'delete') =>
    (path: string, authorization: string, body?: object) => {
      const sent = request(backend.server)
        [method](`/api/kubesmith${path}`)
        .set('Authorization', authorization);
      return method === 'post' || method === 'put'
        ? sent.send(body ?? {})
        : sent;
    };
  return {
    auditEntries,
    backend,
    delete: call('delete'),
    engine,
    get: call('get'),
    hypervisor,
    kubectl,
    logger,
    policyEngine: engineOfPolicies.state,
    post: call('post'),
    publishedEvents,
    put: call('put'),
    signals,
    stores: stores!,
  };
}
