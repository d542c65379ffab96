import {
  AuthorizeResult,
  type PolicyDecision,
  type ResourcePermission,
} from '@backstage/plugin-permission-common';
import {
  type RESOURCE_TYPE_CLUSTER,
  clusterAccessPermission,
  clusterDeletePermission,
  clusterReadPermission,
} from '@kubesmith/plugin-kubesmith-common';
import {
  clusterConditions,
  createClusterConditionalDecision,
} from '@kubesmith/plugin-kubesmith-node';
import type { Subject } from './Subject';

/**
 * Clusters: owners may do everything with theirs. Who runs an environment sees its clusters and clears them away, but gets
 * no kubeconfig: what is inside belongs to the owner.
 */
export function decideCluster(
  permission: ResourcePermission<typeof RESOURCE_TYPE_CLUSTER>,
  { claims }: Subject,
): PolicyDecision {
  const isOwner = clusterConditions.isOwner({ claims });
  switch (permission.name) {
    case clusterAccessPermission.name:
      return createClusterConditionalDecision(permission, isOwner);
    case clusterReadPermission.name:
    case clusterDeletePermission.name:
      return createClusterConditionalDecision(permission, {
        anyOf: [isOwner, clusterConditions.inOwnedEnvironment({ claims })],
      });
    default:
      // A verb that was added without a decision about it.
      return { result: AuthorizeResult.DENY };
  }
}
