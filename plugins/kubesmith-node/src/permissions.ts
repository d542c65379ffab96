import {
  createConditionExports,
  createPermissionResourceRef,
  createPermissionRule,
} from '@backstage/plugin-permission-node';
import {
  RESOURCE_TYPE_CLUSTER,
  ROLES_BY_REACH,
  type ClusterPhase,
  type GrantRole,
  reaches,
} from '@kubesmith/plugin-kubesmith-common';
import { z } from 'zod';

/** What a permission rule may look at in a cluster. @public */
export type ClusterResource = {
  id: string;
  /** Entity ref of the user or group that the cluster belongs to. */
  owner: string;
  environment: string;
  /** Entity ref of the group that runs the environment. */
  environmentOwner: string;
  phase: ClusterPhase;
  /** The live ones. */
  shares: readonly ClusterShare[];
};

/** Somebody with whom a cluster is shared, as far as permission rules look at it. @public */
export type ClusterShare = {
  /** Entity ref of a user or group, in lower case. */
  subject: string;
  role: GrantRole;
  /** Missing: the whole cluster. */
  namespaces?: readonly string[];
};

/** One condition on clusters in a form that the database understands. @public */
export type ClusterFilter = {
  key: 'owner' | 'environment' | 'environmentOwner' | 'phase' | 'sharedWith';
  values: string[];
  /** With `sharedWith`: the least role of the share. */
  role?: GrantRole;
};

/** Names clusters as a resource for permission decisions. @public */
export const clusterPermissionResourceRef = createPermissionResourceRef<
  ClusterResource,
  ClusterFilter
>().with({ pluginId: 'kubesmith', resourceType: RESOURCE_TYPE_CLUSTER });

const claims = z
  .array(z.string())
  .describe('Entity refs of the caller and of the caller’s groups');

/** Clusters that belong to one of the given users or groups. @public */
export const isOwner = createPermissionRule({
  name: 'IS_OWNER',
  description: 'Allow clusters that are owned by one of the given entities',
  resourceRef: clusterPermissionResourceRef,
  paramsSchema: z.object({ claims }),
  apply: (cluster, params) => params.claims.includes(cluster.owner),
  toQuery: params => ({ key: 'owner', values: params.claims }),
});

/** Clusters in one of the given environments. @public */
export const inEnvironment = createPermissionRule({
  name: 'IN_ENVIRONMENT',
  description: 'Allow clusters in one of the given environments',
  resourceRef: clusterPermissionResourceRef,
  paramsSchema: z.object({
    environments: z.array(z.string()).describe('Names of environments'),
  }),
  apply: (cluster, { environments }) =>
    environments.includes(cluster.environment),
  toQuery: ({ environments }) => ({ key: 'environment', values: environments }),
});

/** Clusters in one of the given phases. @public */
export const hasPhase = createPermissionRule({
  name: 'HAS_PHASE',
  description: 'Allow clusters in one of the given phases',
  resourceRef: clusterPermissionResourceRef,
  paramsSchema: z.object({
    phases: z.array(z.string()).describe('Phases, such as ready'),
  }),
  apply: (cluster, { phases }) => phases.includes(cluster.phase),
  toQuery: ({ phases }) => ({ key: 'phase', values: phases }),
});

/** Clusters in environments that one of the given groups runs. @public */
export const inOwnedEnvironment = createPermissionRule({
  name: 'IN_OWNED_ENVIRONMENT',
  description:
    'Allow clusters in environments that are run by one of the given entities',
  resourceRef: clusterPermissionResourceRef,
  paramsSchema: z.object({ claims }),
  apply: (cluster, params) => params.claims.includes(cluster.environmentOwner),
  toQuery: params => ({ key: 'environmentOwner', values: params.claims }),
});

/** Clusters that are shared with one of the given users or groups. @public */
export const isSharedWith = createPermissionRule({
  name: 'IS_SHARED_WITH',
  description:
    'Allow clusters that are shared with one of the given entities, in a role or a higher one',
  resourceRef: clusterPermissionResourceRef,
  paramsSchema: z.object({
    claims,
    role: z
      .enum(ROLES_BY_REACH)
      .optional()
      .describe('The least role of the share; viewer when left out'),
  }),
  apply: ({ shares }, params) =>
    shares.some(
      share =>
        params.claims.includes(share.subject) &&
        reaches(share.role, params.role ?? 'viewer'),
    ),
  toQuery: params => ({
    key: 'sharedWith',
    values: params.claims,
    role: params.role ?? 'viewer',
  }),
});

/** All rules for clusters. @public */
export const clusterRules = {
  isOwner,
  inEnvironment,
  hasPhase,
  inOwnedEnvironment,
  isSharedWith,
};

/** Builders for conditional decisions about clusters, for policies. @public */
export const {
  conditions: clusterConditions,
  createConditionalDecision: createClusterConditionalDecision,
} = createConditionExports({
  resourceRef: clusterPermissionResourceRef,
  rules: clusterRules,
});
