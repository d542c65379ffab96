import type { PermissionsRegistryService } from '@backstage/backend-plugin-api';
import {
  auditReadPermission,
  clusterCreatePermission,
  kubesmithClusterPermissions,
} from '@kubesmith/plugin-kubesmith-common';
import {
  clusterPermissionResourceRef,
  clusterRules,
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
  registry.addPermissions([clusterCreatePermission, auditReadPermission]);
}
