import { createPermission } from '@backstage/plugin-permission-common';

/** Resource type of a cluster in permission decisions; the resource ref is the cluster's id. @public */
export const RESOURCE_TYPE_CLUSTER = 'kubesmith-cluster';

/** Resource type of an order in permission decisions. Orders have no ref: they are decided by what they ask for. @public */
export const RESOURCE_TYPE_ORDER = 'kubesmith-order';

/** Resource type of an environment in permission decisions; the resource ref is the environment's name. @public */
export const RESOURCE_TYPE_ENVIRONMENT = 'kubesmith-environment';

/** May order clusters at all. What and where, says {@link orderPermission}. @public */
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

/** A permission on one cluster. */
const onCluster = (name: string) =>
  createPermission({
    name: `kubesmith.cluster.${name}`,
    attributes: { action: 'update' },
    resourceType: RESOURCE_TYPE_CLUSTER,
  });

/** May have kubeconfigs as a viewer issued for a cluster, and revoke kubeconfigs. @public */
export const clusterAccessPermission = onCluster('access');

/** May have kubeconfigs as an editor issued for a cluster. @public */
export const clusterAccessEditorPermission = onCluster('access-editor');

/** May have kubeconfigs as an administrator issued for a cluster. @public */
export const clusterAccessAdministratorPermission = onCluster(
  'access-administrator',
);

/** May change how many workers a cluster has, and of which size. @public */
export const clusterScalePermission = onCluster('scale');

/** May bring a cluster to another version of Kubernetes. @public */
export const clusterUpgradePermission = onCluster('upgrade');

/** May have a cluster last longer. @public */
export const clusterExtendPermission = onCluster('extend');

/** May stop and start the machines of a cluster. @public */
export const clusterHibernatePermission = onCluster('hibernate');

/** May take and restore snapshots of a cluster. @public */
export const clusterSnapshotPermission = onCluster('snapshot');

/** May let others use a cluster. @public */
export const clusterSharePermission = onCluster('share');

/** May approve or refuse what was asked for a cluster. @public */
export const clusterApprovePermission = onCluster('approve');

/** The permissions that are decided for one cluster. @public */
export const kubesmithClusterPermissions = [
  clusterReadPermission,
  clusterDeletePermission,
  clusterAccessPermission,
  clusterAccessEditorPermission,
  clusterAccessAdministratorPermission,
  clusterScalePermission,
  clusterUpgradePermission,
  clusterExtendPermission,
  clusterHibernatePermission,
  clusterSnapshotPermission,
  clusterSharePermission,
  clusterApprovePermission,
];

/** May place an order: decided by its environment, owner, size and version. @public */
export const orderPermission = createPermission({
  name: 'kubesmith.order.create',
  attributes: { action: 'create' },
  resourceType: RESOURCE_TYPE_ORDER,
});

/** A permission on one environment. */
const onEnvironment = (name: string) =>
  createPermission({
    name,
    attributes: { action: 'update' },
    resourceType: RESOURCE_TYPE_ENVIRONMENT,
  });

/** May change an environment: who runs it, who may order there, what is offered. @public */
export const environmentManagePermission = onEnvironment(
  'kubesmith.environment.manage',
);

/** May change how much may be used in an environment. @public */
export const quotaManagePermission = onEnvironment('kubesmith.quota.manage');

/** The permissions that are decided for one environment. @public */
export const kubesmithEnvironmentPermissions = [
  environmentManagePermission,
  quotaManagePermission,
];

/** May change environments at all. Which, says {@link environmentManagePermission}. @public */
export const environmentsManagePermission = createPermission({
  name: 'kubesmith.environments.manage',
  attributes: { action: 'update' },
});

/** May change quotas at all. Where, says {@link quotaManagePermission}. @public */
export const quotasManagePermission = createPermission({
  name: 'kubesmith.quotas.manage',
  attributes: { action: 'update' },
});

/** May change address pools. @public */
export const poolManagePermission = createPermission({
  name: 'kubesmith.pool.manage',
  attributes: { action: 'update' },
});

/** May change who may do what. @public */
export const policyManagePermission = createPermission({
  name: 'kubesmith.policy.manage',
  attributes: { action: 'update' },
});

/** May read the audit trail: who did, or was refused, what. @public */
export const auditReadPermission = createPermission({
  name: 'kubesmith.audit.read',
  attributes: { action: 'read' },
});

/** All permissions of Kubesmith. @public */
export const kubesmithPermissions = [
  clusterCreatePermission,
  orderPermission,
  policyManagePermission,
  auditReadPermission,
  environmentsManagePermission,
  quotasManagePermission,
  poolManagePermission,
  ...kubesmithEnvironmentPermissions,
  ...kubesmithClusterPermissions,
];
