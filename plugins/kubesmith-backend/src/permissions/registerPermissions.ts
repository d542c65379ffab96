import type { PermissionsRegistryService } from '@backstage/backend-plugin-api';
import {
  auditReadPermission,
  clusterCreatePermission,
  environmentsManagePermission,
  kubesmithClusterPermissions,
  kubesmithEnvironmentPermissions,
  orderPermission,
  policyManagePermission,
  poolManagePermission,
  quotasManagePermission,
} from '@kubesmith/plugin-kubesmith-common';
import {
  clusterPermissionResourceRef,
  clusterRules,
  environmentPermissionResourceRef,
  environmentRules,
  orderPermissionResourceRef,
  orderRules,
} from '@kubesmith/plugin-kubesmith-node';
import type { ClusterStore } from '../database/ClusterStore';

/** Makes our permissions and rules known to the permission framework. */
export function registerPermissions(
  registry: PermissionsRegistryService,
  clusters: ClusterStore,
): void {
  registry.addResourceType({
    resourceRef: clusterPermissionResourceRef,
    permissions: kubesmithClusterPermissions,
    rules: Object.values(clusterRules),
    getResources: ids => clusters.getByIds(ids),
  });
  registry.addResourceType({
    resourceRef: orderPermissionResourceRef,
    permissions: [orderPermission],
    rules: Object.values(orderRules),
  });
  registry.addResourceType({
    resourceRef: environmentPermissionResourceRef,
    permissions: kubesmithEnvironmentPermissions,
    rules: Object.values(environmentRules),
  });
  registry.addPermissions([
    clusterCreatePermission,
    policyManagePermission,
    auditReadPermission,
    environmentsManagePermission,
    quotasManagePermission,
    poolManagePermission,
  ]);
}
