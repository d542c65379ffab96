import {
  createConditionExports,
  createPermissionResourceRef,
  createPermissionRule,
} from '@backstage/plugin-permission-node';
import { RESOURCE_TYPE_ENVIRONMENT } from '@kubesmith/plugin-kubesmith-common';
import { z } from 'zod';

/** What a permission rule may look at in an environment. @public */
export type EnvironmentResource = {
  name: string;
  /** Entity ref of the group that runs it. */
  owner: string;
};

/** Names environments as a resource for permission decisions. They are few: nobody filters them in the database. @public */
export const environmentPermissionResourceRef = createPermissionResourceRef<
  EnvironmentResource,
  never
>().with({ pluginId: 'kubesmith', resourceType: RESOURCE_TYPE_ENVIRONMENT });

const toQuery = (): never => {
  throw new Error('Environments are not filtered in the database');
};

/** All rules for environments. @public */
export const environmentRules = {
  isNamed: createPermissionRule({
    name: 'IS_NAMED',
    description: 'Allow the environments with the given names',
    resourceRef: environmentPermissionResourceRef,
    paramsSchema: z.object({
      names: z.array(z.string()).describe('Names of environments'),
    }),
    apply: ({ name }, { names }) => names.includes(name),
    toQuery,
  }),
  isRunBy: createPermissionRule({
    name: 'IS_RUN_BY',
    description: 'Allow environments that are run by one of the given entities',
    resourceRef: environmentPermissionResourceRef,
    paramsSchema: z.object({
      claims: z
        .array(z.string())
        .describe('Entity refs of the caller and of the caller’s groups'),
    }),
    apply: ({ owner }, { claims }) => claims.includes(owner),
    toQuery,
  }),
};

/** Builders for conditional decisions about environments, for policies. @public */
export const {
  conditions: environmentConditions,
  createConditionalDecision: createEnvironmentConditionalDecision,
} = createConditionExports({
  resourceRef: environmentPermissionResourceRef,
  rules: environmentRules,
});
