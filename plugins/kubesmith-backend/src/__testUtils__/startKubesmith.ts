import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import { metricsServiceMock } from '@backstage/backend-test-utils/alpha';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { eventsServiceRef } from '@backstage/plugin-events-node';
import {
  AuthorizeResult,
  type PolicyDecision,
} from '@backstage/plugin-permission-common';
import { signalsServiceRef } from '@backstage/plugin-signals-node';
import { createServiceFactory } from '@backstage/backend-plugin-api';
import {
  clusterAccessPermission,
  clusterReadPermission,
} from '@kubesmith/plugin-kubesmith-common';
import {
  clusterConditions,
  createClusterConditionalDecision,
} from '@kubesmith/plugin-kubesmith-node';
import type { Knex } from 'knex';
import request from 'supertest';
import { createKubesmithPlugin } from '../createKubesmithPlugin';
import type { OutsideWorldOptions } from '../outsideWorld';
import { testConfigData } from './config';
import { FakeKubectlRunner, IdleEngine, InMemoryHypervisor } from './doubles';

/** Who is who in these tests, and the groups that each belongs to. */
export const people = {
  student1: 'user:default/student-1',
  student2: 'user:default/student-2',
  instructor: 'user:default/instructor',
  researcher: 'user:default/researcher',
  admin: 'user:default/admin',
  stranger: 'user:default/stranger',
};

const groups: Record<string, string[]> = {
  [people.student1]: ['group:default/students'],
  [people.student2]: ['group:default/students'],
  [people.instructor]: ['group:default/instructors'],
  [people.researcher]: ['group:default/researchers'],
  [people.admin]: ['group:default/administrators'],
  [people.stranger]: [],
};

/** The header that makes a request come from a user, directly or through the scaffolder. */
export function as(
  userRef: string,
  options: { through?: string } = {},
): string {
  return options.through
    ? `Bearer ${mockCredentials.user.token(userRef, {
        actor: { subject: options.through },
      })}`
    : mockCredentials.user.header(userRef);
}

/** The header of another plugin that speaks for itself. */
export function asPlugin(pluginId: string): string {
  return mockCredentials.service.header({
    onBehalfOf: mockCredentials.service(`plugin:${pluginId}`),
    targetPluginId: 'kubesmith',
  });
}

function claimsOf(credentials: BackstageCredentials): string[] {
  const { userEntityRef } = credentials.principal as { userEntityRef: string };
  return [userEntityRef, ...(groups[userEntityRef] ?? [])];
}

/**
 * The decisions of these tests: administrators everything; others their own clusters; those who run an environment see and
 * delete all of its clusters but get no kubeconfig of them; strangers may not order; services everything, as in Backstage.
 */
function decide(
  permission: { name: string },
  credentials: BackstageCredentials,
): PolicyDecision {
  if ((credentials.principal as { type: string }).type !== 'user') {
    return { result: AuthorizeResult.ALLOW };
  }
  const claims = claimsOf(credentials);
  if (claims.includes('group:default/administrators')) {
    return { result: AuthorizeResult.ALLOW };
  }
  const own = clusterConditions.isOwner({ claims });
  const run = clusterConditions.inOwnedEnvironment({ claims });
  return createClusterConditionalDecision(
    permission as typeof clusterReadPermission,
    permission.name === clusterAccessPermission.name
      ? own
      : { anyOf: [own, run] },
  );
}

/** Starts the plugin with its real records and API on a database, and doubles in place of the outside world. */
export async function startKubesmith(knex: Knex) {
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

  const backend = await startTestBackend({
    features: [
      createKubesmithPlugin(async options => {
        stores = options;
        return { engine, hypervisor, kubectl, close: async () => {} };
      }),
      mockServices.rootConfig.factory({
        data: { kubesmith: testConfigData() },
      }),
      mockServices.database.factory({ knex }),
      auditor.factory,
      logger.factory,
      metricsServiceMock.mock().factory,
      mockServices.userInfo.mock({
        getUserInfo: async credentials => ({
          userEntityRef: claimsOf(credentials)[0],
          ownershipEntityRefs: claimsOf(credentials),
        }),
      }).factory,
      mockServices.permissions.mock({
        authorize: async (queries, options) =>
          queries.map(() => ({
            result:
              claimsOf(options!.credentials)[0] === people.stranger
                ? AuthorizeResult.DENY
                : AuthorizeResult.ALLOW,
          })),
        authorizeConditional: async (queries, options) =>
          queries.map(({ permission }) =>
            decide(permission, options!.credentials),
          ),
      }).factory,
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
    (method: 'get' | 'post') =>
    (path: string, authorization: string, body?: object) => {
      const sent = request(backend.server)
        [method](`/api/kubesmith${path}`)
        .set('Authorization', authorization);
      return method === 'post' ? sent.send(body ?? {}) : sent;
    };
  return {
    auditEntries,
    backend,
    engine,
    get: call('get'),
    hypervisor,
    kubectl,
    logger,
    post: call('post'),
    publishedEvents,
    signals,
    stores: stores!,
  };
}
