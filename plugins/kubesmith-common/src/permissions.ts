import { createPermission } from '@backstage/plugin-permission-common';

/** Resource type of a cluster in permission decisions; the resource ref is the cluster's id. @public */
export const RESOURCE_TYPE_CLUSTER = 'kubesmith-cluster';

/** May order clusters at all. Where, is a matter of the environment. @public */
export const clusterCreatePermission = createPermission({
  name: 'kubesmith.cluster.create',
  attributes: { action: 'create' },
});

/** May see a cluster, its operations and who has kubeconfigs. @public */
export const clusterReadPermission = createPermission({
  name: 'kubesmith.cluster.read',
  attributes: { action: 'read' },
  resourceType: RESOURCE_TYPE_CLUSTER,
});

/** May delete a cluster, and cancel or continue its operations. @public */
export const clusterDeletePermission = createPermission({
  name: 'kubesmith.cluster.delete',
  attributes: { action: 'delete' },
  resourceType: RESOURCE_TYPE_CLUSTER,
});

/** May have kubeconfigs issued for a cluster, and revoke them. @public */
export const clusterAccessPermission = createPermission({
  name: 'kubesmith.cluster.access',
  attributes: { action: 'update' },
  resourceType: RESOURCE_TYPE_CLUSTER,
});

/** The permissions that are decided for one cluster. @public */
export const kubesmithClusterPermissions = [
  clusterReadPermission,
  clusterDeletePermission,
  clusterAccessPermission,
];

/** May read the audit trail: who did, or was refused, what. @public */
export const auditReadPermission = createPermission({
  name: 'kubesmith.audit.read',
  attributes: { action: 'read' },
});

/** All permissions of Kubesmith. @public */
export const kubesmithPermissions = [
  clusterCreatePermission,
  auditReadPermission,
  ...kubesmithClusterPermissions,
];
