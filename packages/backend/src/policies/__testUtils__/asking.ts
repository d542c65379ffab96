/* eslint-disable @backstage/no-relative-monorepo-imports -- this compares the insides of several packages, which no package may import */
import { createBackendModule } from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import catalogPlugin from '@backstage/plugin-catalog-backend';
import { catalogEntityReadPermission } from '@backstage/plugin-catalog-common/alpha';
import { catalogProcessingExtensionPoint } from '@backstage/plugin-catalog-node';
import {
  AuthorizeResult,
  type Permission,
  type PolicyDecision,
} from '@backstage/plugin-permission-common';
import { createConditionTransformer } from '@backstage/plugin-permission-node';
import {
  type Cluster,
  type Policies,
  kubesmithClusterPermissions,
} from '@kubesmith/plugin-kubesmith-common';
import {
  type ClusterFilter,
  clusterRules,
} from '@kubesmith/plugin-kubesmith-node';
import type { Knex } from 'knex';
import request from 'supertest';
import { toClusterEntity } from '../../../../../plugins/catalog-backend-module-kubesmith/src/provider/toEntities';
import { applyCriteria } from '../../../../../plugins/kubesmith-backend/src/database/applyCriteria';
import { decidePermission } from '../../../../../plugins/permission-backend-module-kubesmith/src/decisions/decidePermission';
import { clusterVerbs } from '../../../../../plugins/permission-backend-module-kubesmith/src/decisions/permissionVerbs';
import { type RandomCase, clusters, groups, users } from './randomPolicies';

const everyId = () => new Set(clusters.map(({ id }) => id));

function decide(
  policies: Policies,
  { subject }: RandomCase,
  permission: Permission,
): PolicyDecision {
  return decidePermission(permission, policies.of(subject), subject.userRef, {
    result: AuthorizeResult.DENY,
  });
}

/** Asks a database: the compiled decision as SQL. */
export async function askDatabase(knex: Knex) {
  await knex.schema.createTable('clusters', table => {
    ['id', 'owner', 'environment', 'environment_owner'].forEach(column =>
      table.string(column).notNullable(),
    );
  });
  await knex('clusters').insert(
    clusters.map(({ id, owner, environment, environmentOwner }) => ({
      id,
      owner,
      environment,
      environment_owner: environmentOwner,
    })),
  );
  await knex.schema.createTable('shares', table => {
    ['cluster_id', 'subject', 'role'].forEach(column =>
      table.string(column).notNullable(),
    );
    table.bigInteger('until').notNullable();
    table.bigInteger('ended_at').nullable();
  });
  const aDay = 24 * 3_600_000;
  const shares = clusters.flatMap(cluster => [
    ...cluster.shares.map(share => ({
      ...share,
      cluster_id: cluster.id,
      until: Date.now() + aDay,
      ended_at: null as number | null,
    })),
    // Everything is shared with everybody, but not any more.
    ...[...users, ...groups].flatMap(subject => [
      {
        subject,
        role: 'administrator',
        cluster_id: cluster.id,
        until: Date.now() - 1000,
        ended_at: null,
      },
      {
        subject,
        role: 'administrator',
        cluster_id: cluster.id,
        until: Date.now() + aDay,
        ended_at: Date.now() - 1000,
      },
    ]),
  ]);
  for (const share of shares) await knex('shares').insert(share);
  const toFilter = createConditionTransformer<ClusterFilter>(
    Object.values(clusterRules) as never,
  );
  return async (policies: Policies, question: RandomCase) => {
    const permission = kubesmithClusterPermissions.find(
      ({ name }) => clusterVerbs.get(name) === question.verb,
    );
    if (!permission) {
      throw new Error(`No permission asks for ${question.verb}`);
    }
    const decision = decide(policies, question, permission);
    if (decision.result !== AuthorizeResult.CONDITIONAL) {
      return decision.result === AuthorizeResult.ALLOW
        ? everyId()
        : new Set<string>();
    }
    const filter = toFilter(decision.conditions as never);
    const rows = await knex('clusters')
      .select('id')
      .where(query => void applyCriteria(query, filter));
    return new Set(rows.map(({ id }) => id as string));
  };
}

function entityOf({
  environmentOwner,
  shares,
  ...cluster
}: (typeof clusters)[number]) {
  return toClusterEntity(
    {
      ...cluster,
      sharedWith: shares,
      createdBy: cluster.owner,
      phase: 'ready',
      apiServerUrl: 'https://10.0.0.1:6443',
      expiresAt: '2027-01-01T00:00:00.000Z',
      entityRef: `resource:kubesmith/${cluster.environment}.${cluster.name}`,
      spec: {
        size: 'small',
        workers: 1,
        controlPlanes: 1,
        kubernetesVersion: '1.36.3',
        cni: 'kube-router',
      },
    } as Cluster,
    environmentOwner,
  );
}

/** Starts a real catalog with the clusters' entities and asks it: the compiled decision as the catalog's own query. */
export async function startCatalog() {
  const decisions = new Map<string, PolicyDecision>();
  const backend = await startTestBackend({
    features: [
      catalogPlugin,
      mockServices.rootConfig.factory({
        data: { catalog: { processingInterval: { seconds: 1 } } },
      }),
      mockServices.permissions.mock({
        authorizeConditional: async (queries, options) =>
          queries.map(
            () =>
              decisions.get(
                (options!.credentials.principal as any).userEntityRef,
              ) ?? { result: AuthorizeResult.ALLOW },
          ),
        authorize: async queries =>
          queries.map(() => ({ result: AuthorizeResult.ALLOW })),
      }).factory,
      createBackendModule({
        pluginId: 'catalog',
        moduleId: 'clusters',
        register(env) {
          env.registerInit({
            deps: { processing: catalogProcessingExtensionPoint },
            async init({ processing }) {
              processing.addEntityProvider({
                getProviderName: () => 'clusters',
                connect: connection =>
                  connection.applyMutation({
                    type: 'full',
                    entities: clusters.map(cluster => ({
                      entity: entityOf(cluster),
                      locationKey: 'clusters',
                    })),
                  }),
              });
            },
          });
        },
      }),
    ],
  });
  const visibleTo = async (user: string) => {
    const { body } = await request(backend.server)
      .get(
        '/api/catalog/entities/by-query?filter=kind=resource&limit=100&fields=metadata.annotations,relations',
      )
      .set('Authorization', mockCredentials.user.header(user))
      .expect(200);
    return body.items as {
      metadata: { annotations: Record<string, string> };
      relations?: object[];
    }[];
  };
  const deadline = Date.now() + 60_000;
  for (;;) {
    const items = await visibleTo('user:default/everything');
    if (
      items.filter(({ relations }) => relations?.length).length ===
      clusters.length
    ) {
      break;
    }
    if (Date.now() > deadline) throw new Error('The catalog knows too little');
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  let asked = 0;
  return {
    stop: () => backend.stop(),
    ask: async (policies: Policies, question: RandomCase) => {
      const user = `user:default/asks-${++asked}`;
      decisions.set(
        user,
        decide(policies, question, catalogEntityReadPermission),
      );
      const items = await visibleTo(user);
      decisions.delete(user);
      return new Set(
        items.map(
          ({ metadata }) => metadata.annotations['kubesmith.io/cluster-id'],
        ),
      );
    },
  };
}
