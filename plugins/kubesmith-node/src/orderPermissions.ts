import {
  createConditionExports,
  createPermissionResourceRef,
  createPermissionRule,
} from '@backstage/plugin-permission-node';
import { RESOURCE_TYPE_ORDER } from '@kubesmith/plugin-kubesmith-common';
import { z } from 'zod';

/** What a permission rule may look at in an order for a cluster. @public */
export type OrderResource = {
  /** Entity ref of the user or group that the cluster shall belong to. */
  owner: string;
  environment: string;
  /** Entity ref of the group that runs the environment. */
  environmentOwner: string;
  /** Entity refs of who may order there. */
  environmentMembers: readonly string[];
  size: string;
  kubernetesVersion: string;
  /** The template that the order came through, if it is known. */
  template?: string;
};

/** Names orders as a resource for permission decisions. Nobody lists them, so there are no queries. @public */
export const orderPermissionResourceRef = createPermissionResourceRef<
  OrderResource,
  never
>().with({ pluginId: 'kubesmith', resourceType: RESOURCE_TYPE_ORDER });

const refs = (whose: string) =>
  z.object({ claims: z.array(z.string()).describe(`Entity refs of ${whose}`) });

const names = (what: string) =>
  z.object({ names: z.array(z.string()).describe(`Names of ${what}`) });

const toQuery = (): never => {
  throw new Error('Orders cannot be listed');
};

/** All rules for orders. @public */
export const orderRules = {
  isOwner: createPermissionRule({
    name: 'IS_OWNER',
    description: 'Allow orders in the name of one of the given entities',
    resourceRef: orderPermissionResourceRef,
    paramsSchema: refs('possible owners'),
    apply: (order, { claims }) => claims.includes(order.owner),
    toQuery,
  }),
  inEnvironment: createPermissionRule({
    name: 'IN_ENVIRONMENT',
    description: 'Allow orders in one of the given environments',
    resourceRef: orderPermissionResourceRef,
    paramsSchema: names('environments'),
    apply: (order, params) => params.names.includes(order.environment),
    toQuery,
  }),
  inOwnedEnvironment: createPermissionRule({
    name: 'IN_OWNED_ENVIRONMENT',
    description:
      'Allow orders in environments that are run by one of the given entities',
    resourceRef: orderPermissionResourceRef,
    paramsSchema: refs('the caller and of the caller’s groups'),
    apply: (order, { claims }) => claims.includes(order.environmentOwner),
    toQuery,
  }),
  inMemberEnvironment: createPermissionRule({
    name: 'IN_MEMBER_ENVIRONMENT',
    description:
      'Allow orders in environments that have one of the given entities among their members',
    resourceRef: orderPermissionResourceRef,
    paramsSchema: refs('the caller and of the caller’s groups'),
    apply: (order, { claims }) =>
      order.environmentMembers.some(member => claims.includes(member)),
    toQuery,
  }),
  hasSize: createPermissionRule({
    name: 'HAS_SIZE',
    description: 'Allow orders for machines of one of the given sizes',
    resourceRef: orderPermissionResourceRef,
    paramsSchema: names('sizes'),
    apply: (order, params) => params.names.includes(order.size),
    toQuery,
  }),
  hasVersion: createPermissionRule({
    name: 'HAS_VERSION',
    description: 'Allow orders for one of the given Kubernetes versions',
    resourceRef: orderPermissionResourceRef,
    paramsSchema: names('Kubernetes versions'),
    apply: (order, params) => params.names.includes(order.kubernetesVersion),
    toQuery,
  }),
  hasTemplate: createPermissionRule({
    name: 'HAS_TEMPLATE',
    description: 'Allow orders through one of the given templates',
    resourceRef: orderPermissionResourceRef,
    paramsSchema: z.object({
      names: z.array(z.string()).describe('Names of templates'),
      whenUnknown: z
        .boolean()
        .optional()
        .describe('The answer for orders that came another way'),
    }),
    apply: ({ template }, params) =>
      template === undefined
        ? params.whenUnknown ?? false
        : params.names.includes(template),
    toQuery,
  }),
};

/** Builders for conditional decisions about orders, for policies. @public */
export const {
  conditions: orderConditions,
  createConditionalDecision: createOrderConditionalDecision,
} = createConditionExports({
  resourceRef: orderPermissionResourceRef,
  rules: orderRules,
});
