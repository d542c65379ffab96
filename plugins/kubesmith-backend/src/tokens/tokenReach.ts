import {
  AuthorizeResult,
  type Permission,
  type PermissionCriteria,
  type PermissionCondition,
  type PolicyDecision,
  isResourcePermission,
} from '@backstage/plugin-permission-common';
import {
  RESOURCE_TYPE_CLUSTER,
  RESOURCE_TYPE_ORDER,
  clusterAccessAdministratorPermission,
  clusterAccessEditorPermission,
  clusterAccessPermission,
  clusterCreatePermission,
  clusterDeletePermission,
  clusterExtendPermission,
  clusterHibernatePermission,
  clusterReadPermission,
  clusterScalePermission,
  clusterSnapshotPermission,
  clusterUpgradePermission,
  orderPermission,
} from '@kubesmith/plugin-kubesmith-common';
import {
  clusterConditions,
  createClusterConditionalDecision,
  createOrderConditionalDecision,
  orderConditions,
} from '@kubesmith/plugin-kubesmith-node';
import type { TokenRecord, TokenScope } from './records';

/**
 * What each scope is for. Nothing of what decides about other people is here, whatever the person may do: sharing, approving,
 * quotas, environments, policies, the audit trail.
 */
const reach: Record<TokenScope, readonly Permission[]> = {
  read: [clusterReadPermission],
  operate: [
    clusterReadPermission,
    clusterCreatePermission,
    orderPermission,
    clusterDeletePermission,
    clusterScalePermission,
    clusterUpgradePermission,
    clusterExtendPermission,
    clusterHibernatePermission,
    clusterSnapshotPermission,
    clusterAccessPermission,
    clusterAccessEditorPermission,
    clusterAccessAdministratorPermission,
  ],
};

/** The permissions that a token with this scope can have; all others are denied. */
export function permissionsOf(scope: TokenScope): readonly Permission[] {
  return reach[scope];
}

/** What is left of a person's right with a token that is good for one environment only. */
export function withinReach(
  permission: Permission,
  decision: PolicyDecision,
  { environment }: Pick<TokenRecord, 'environment'>,
): PolicyDecision {
  if (
    environment === undefined ||
    decision.result === AuthorizeResult.DENY ||
    permission.name === clusterCreatePermission.name
  ) {
    return decision;
  }
  const and = <C extends PermissionCriteria<PermissionCondition>>(
    condition: C,
  ) =>
    decision.result === AuthorizeResult.CONDITIONAL
      ? { allOf: [condition, decision.conditions] as never }
      : condition;
  if (isResourcePermission(permission, RESOURCE_TYPE_CLUSTER)) {
    return createClusterConditionalDecision(
      permission,
      and(clusterConditions.inEnvironment({ environments: [environment] })),
    );
  }
  if (isResourcePermission(permission, RESOURCE_TYPE_ORDER)) {
    return createOrderConditionalDecision(
      permission,
      and(orderConditions.inEnvironment({ names: [environment] })),
    );
  }
  // What is about no place cannot be limited to one.
  return { result: AuthorizeResult.DENY };
}
