import type {
  BackstageCredentials,
  PermissionsService,
  UserInfoService,
} from '@backstage/backend-plugin-api';
import { mockCredentials } from '@backstage/backend-test-utils';
import {
  AuthorizeResult,
  type PolicyDecision,
} from '@backstage/plugin-permission-common';
import {
  type GrantRole,
  clusterAccessAdministratorPermission,
  clusterAccessEditorPermission,
  clusterAccessPermission,
  clusterCreatePermission,
  clusterApprovePermission,
  clusterReadPermission,
  clusterSharePermission,
  environmentManagePermission,
  orderPermission,
  quotaManagePermission,
} from '@kubesmith/plugin-kubesmith-common';
import {
  clusterConditions,
  createClusterConditionalDecision,
  createEnvironmentConditionalDecision,
  createOrderConditionalDecision,
  environmentConditions,
  orderConditions,
} from '@kubesmith/plugin-kubesmith-node';

/** Who is who in these tests, and the groups that each belongs to. */
export const people = {
  student1: 'user:default/student-1',
  student2: 'user:default/student-2',
  instructor: 'user:default/instructor',
  researcher: 'user:default/researcher',
  admin: 'user:default/admin',
  stranger: 'user:default/stranger',
  /** May change the environments that the group keepers runs. */
  keeper: 'user:default/keeper',
};

const groups: Record<string, string[]> = {
  [people.student1]: ['group:default/students'],
  [people.student2]: ['group:default/students'],
  [people.instructor]: ['group:default/instructors'],
  [people.researcher]: ['group:default/researchers'],
  [people.admin]: ['group:default/administrators'],
  [people.stranger]: [],
  [people.keeper]: ['group:default/keepers'],
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
  return claimsOfPerson(userEntityRef);
}

/** The ref of one of these people, and those of the person's groups. */
export function claimsOfPerson(userRef: string): string[] {
  return [userRef, ...(groups[userRef] ?? [])];
}

type ClusterCriteria = Parameters<typeof createClusterConditionalDecision>[1];

/** Whether somebody is one of these {@link people}. */
export const knows = (userRef: string) => userRef in groups;

/**
 * The decisions of these tests: administrators everything; others their own clusters; those who run an environment see and
 * delete all of its clusters, get no kubeconfig of them (as with whom a cluster is shared does, up to the share's role), alone approve, and set the quotas there; strangers may not order; services everything, as in Backstage.
 */
function decide(
  permission: { name: string },
  credentials: BackstageCredentials,
): PolicyDecision {
  if ((credentials.principal as { type: string }).type !== 'user') {
    return { result: AuthorizeResult.ALLOW };
  }
  return decideWith(permission, claimsOf(credentials));
}

/** The decisions about one of these people without a request of theirs. */
export function decideFor(userRef: string) {
  const claims = claimsOfPerson(userRef);
  return {
    claims,
    decide: (permission: { name: string }) => decideWith(permission, claims),
  };
}

function decideWith(
  permission: { name: string },
  claims: string[],
): PolicyDecision {
  if (claims.includes('group:default/administrators')) {
    return { result: AuthorizeResult.ALLOW };
  }
  if (permission.name === clusterCreatePermission.name) {
    return { result: AuthorizeResult.ALLOW };
  }
  if (permission.name === orderPermission.name) {
    return createOrderConditionalDecision(orderPermission, {
      allOf: [
        orderConditions.isOwner({ claims }),
        {
          anyOf: [
            orderConditions.inMemberEnvironment({ claims }),
            orderConditions.inOwnedEnvironment({ claims }),
          ],
        },
      ],
    });
  }
  if (permission.name === quotaManagePermission.name) {
    return createEnvironmentConditionalDecision(
      quotaManagePermission,
      environmentConditions.isRunBy({ claims }),
    );
  }
  if (permission.name === environmentManagePermission.name) {
    return claims.includes('group:default/keepers')
      ? createEnvironmentConditionalDecision(
          environmentManagePermission,
          environmentConditions.isRunBy({ claims }),
        )
      : { result: AuthorizeResult.DENY };
  }
  const own = clusterConditions.isOwner({ claims });
  const run = clusterConditions.inOwnedEnvironment({ claims });
  if (permission.name === clusterApprovePermission.name) {
    return createClusterConditionalDecision(clusterApprovePermission, run);
  }
  const shared = (role?: GrantRole) =>
    clusterConditions.isSharedWith({ claims, role });
  const conditions: Record<string, ClusterCriteria> = {
    [clusterReadPermission.name]: { anyOf: [own, run, shared()] },
    [clusterAccessPermission.name]: { anyOf: [own, shared()] },
    [clusterAccessEditorPermission.name]: { anyOf: [own, shared('editor')] },
    [clusterAccessAdministratorPermission.name]: {
      anyOf: [own, shared('administrator')],
    },
    [clusterSharePermission.name]: own,
  };
  return createClusterConditionalDecision(
    permission as typeof clusterReadPermission,
    conditions[permission.name] ?? { anyOf: [own, run] },
  );
}

/** Says who a user is. */
export const userInfo: UserInfoService = {
  getUserInfo: async credentials => ({
    userEntityRef: claimsOf(credentials)[0],
    ownershipEntityRefs: claimsOf(credentials),
  }),
};

/** Decides as {@link decide}; strangers may do nothing. */
export const permissions: PermissionsService = {
  authorize: async (queries, options) =>
    queries.map(() => ({
      result:
        claimsOf(options!.credentials)[0] === people.stranger
          ? AuthorizeResult.DENY
          : AuthorizeResult.ALLOW,
    })),
  authorizeConditional: async (queries, options) =>
    queries.map(({ permission }) => decide(permission, options!.credentials)),
};
