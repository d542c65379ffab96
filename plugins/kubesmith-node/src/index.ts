/**
 * What other backend packages need of Kubesmith: the service ref and the permission rules.
 *
 * @packageDocumentation
 */
export {
  createEnvironmentConditionalDecision,
  environmentConditions,
  environmentPermissionResourceRef,
  environmentRules,
  type EnvironmentResource,
} from './environmentPermissions';
export { listAllClusters } from './listAllClusters';
export {
  createOrderConditionalDecision,
  orderConditions,
  orderPermissionResourceRef,
  orderRules,
  type OrderResource,
} from './orderPermissions';
export {
  otherPermissionsExtensionPoint,
  type OtherPermissionsExtensionPoint,
} from './otherPermissions';
export type {
  DecisionExplanation,
  PersonDecisionsAnswer,
} from './personDecisions';
export {
  toClusterCriteria,
  toCriteria,
  toEnvironmentCriteria,
  toOrderCriteria,
} from './policyCriteria';
export {
  clusterConditions,
  clusterPermissionResourceRef,
  clusterRules,
  createClusterConditionalDecision,
  hasPhase,
  inEnvironment,
  inOwnedEnvironment,
  isOwner,
  isSharedWith,
  type ClusterFilter,
  type ClusterResource,
  type ClusterShare,
} from './permissions';
export {
  createKubesmithService,
  kubesmithServiceRef,
  type KubesmithCallOptions,
  type KubesmithService,
} from './service';
