import { createExtensionPoint } from '@backstage/backend-plugin-api';
import type { PermissionPolicy } from '@backstage/plugin-permission-node';

/** Where a policy for everything that is not Kubesmith's is handed in. @public */
export interface OtherPermissionsExtensionPoint {
  /**
   * Delegates the permissions of other plugins, and the catalog entities that are not clusters. Once only.
   */
  setPolicy(policy: PermissionPolicy): void;
}

/**
 * For modules of the permission plugin that decide about what is not Kubesmith's, while Kubesmith's module is the portal's
 * policy.
 * @public
 */
export const otherPermissionsExtensionPoint =
  createExtensionPoint<OtherPermissionsExtensionPoint>({
    id: 'kubesmith.other-permissions',
  });
