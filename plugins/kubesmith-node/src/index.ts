/**
 * What other backend packages need of Kubesmith: the service ref and the permission rules.
 *
 * @packageDocumentation
 */
export {
  clusterConditions,
  clusterPermissionResourceRef,
  clusterRules,
  createClusterConditionalDecision,
  hasPhase,
  inEnvironment,
  inOwnedEnvironment,
  isOwner,
  type ClusterFilter,
  type ClusterResource,
} from './permissions';
export {
  createKubesmithService,
  kubesmithServiceRef,
  type KubesmithCallOptions,
  type KubesmithService,
} from './service';
