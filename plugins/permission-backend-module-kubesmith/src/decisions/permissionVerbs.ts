import {
  catalogEntityCreatePermission,
  catalogEntityDeletePermission,
  catalogIngestionManagePermission,
  catalogLocationCreatePermission,
  catalogLocationDeletePermission,
} from '@backstage/plugin-catalog-common/alpha';
import {
  templateDryRunPermission,
  templateManagementPermission,
} from '@backstage/plugin-scaffolder-common/alpha';
import {
  type PolicyVerb,
  auditReadPermission,
  clusterAccessAdministratorPermission,
  clusterAccessEditorPermission,
  clusterAccessPermission,
  clusterApprovePermission,
  clusterCreatePermission,
  clusterDeletePermission,
  clusterExtendPermission,
  clusterHibernatePermission,
  clusterReadPermission,
  clusterScalePermission,
  clusterSharePermission,
  clusterSnapshotPermission,
  clusterUpgradePermission,
  environmentManagePermission,
  environmentsManagePermission,
  policyManagePermission,
  poolManagePermission,
  quotaManagePermission,
  quotasManagePermission,
} from '@kubesmith/plugin-kubesmith-common';

/** The verb of a policy that decides a permission on one cluster. One that is not here is for who may `manage-portal`. */
export const clusterVerbs: ReadonlyMap<string, PolicyVerb> = new Map([
  [clusterReadPermission.name, 'read'],
  [clusterDeletePermission.name, 'delete'],
  [clusterAccessPermission.name, 'access-viewer'],
  [clusterAccessEditorPermission.name, 'access-editor'],
  [clusterAccessAdministratorPermission.name, 'access-administrator'],
  [clusterScalePermission.name, 'scale'],
  [clusterUpgradePermission.name, 'upgrade'],
  [clusterExtendPermission.name, 'extend'],
  [clusterHibernatePermission.name, 'hibernate'],
  [clusterSnapshotPermission.name, 'snapshot'],
  [clusterSharePermission.name, 'share'],
  [clusterApprovePermission.name, 'approve'],
]);

/** The verb of a policy that decides a permission on one environment. */
export const environmentVerbs: ReadonlyMap<string, PolicyVerb> = new Map([
  [environmentManagePermission.name, 'manage-environment'],
  [quotaManagePermission.name, 'manage-quota'],
]);

/** The verb that decides whether somebody may do something at all, somewhere. */
export const somewhereVerbs: ReadonlyMap<string, PolicyVerb> = new Map([
  [clusterCreatePermission.name, 'create'],
  [environmentsManagePermission.name, 'manage-environment'],
  [quotasManagePermission.name, 'manage-quota'],
]);

/** The verb that decides a permission of ours on the whole portal; `manage-portal` decides one that is not here. */
export const portalVerbs: ReadonlyMap<string, PolicyVerb> = new Map([
  [policyManagePermission.name, 'manage-policy'],
  [auditReadPermission.name, 'read-audit'],
  [poolManagePermission.name, 'manage-pool'],
]);

/**
 * Permissions of catalog and scaffolder that change the portal for everybody. Templates are programs that run in the backend,
 * so who could bring one in, or have one of their own tried out, could run it.
 */
export const PORTAL_MANAGEMENT: ReadonlySet<string> = new Set(
  [
    catalogEntityCreatePermission,
    catalogEntityDeletePermission,
    catalogIngestionManagePermission,
    catalogLocationCreatePermission,
    catalogLocationDeletePermission,
    templateDryRunPermission,
    templateManagementPermission,
  ].map(permission => permission.name),
);

/** The scaffolder's actions at which an order or a deletion begins; all later ones only follow it. */
export const doorActions: ReadonlyMap<string, PolicyVerb> = new Map([
  ['kubesmith:cluster:reserve', 'create'],
  ['kubesmith:cluster:delete', 'delete'],
]);
