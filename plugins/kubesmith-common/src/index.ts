/**
 * Types, schemas, permissions and the API client of Kubesmith; for browser and Node.js.
 *
 * @packageDocumentation
 */
export {
  CLUSTER_ID_ANNOTATION,
  CREATED_BY_ANNOTATION,
  CREATOR_LABEL,
  ENVIRONMENT_LABEL,
  ENVIRONMENT_OWNER_ANNOTATION,
  SHARED_WITH_SPEC,
  EXPIRES_AT_ANNOTATION,
  PHASE_LABEL,
  TEMPLATE_VERB_LABEL,
  creatorLabelValue,
} from './annotations';
export {
  createKubesmithClient,
  unwrap,
  type KubesmithClient,
} from './api/client';
export type * from './api/types';
export { UNSTOPPABLE_OPERATIONS } from './operations';
export {
  describeError,
  fieldProblem,
  kubesmithErrors,
  type KubesmithErrorCode,
} from './errors/codes';
export {
  KubesmithApiError,
  isKubesmithApiError,
} from './errors/KubesmithApiError';
export {
  CLUSTERS_CHANNEL,
  CLUSTERS_TOPIC,
  type ClusterChangedPayload,
  ENVIRONMENTS_TOPIC,
  type EnvironmentChangedPayload,
} from './events';
export {
  CLUSTER_ENTITY_TYPE,
  CLUSTER_NAMESPACE,
  CLUSTER_NAME_PATTERN,
  ENVIRONMENT_NAME_PATTERN,
  MAX_REASON_LENGTH,
  REASON_PATTERN,
  MAX_WORKERS,
  clusterEntityName,
  clusterEntityRef,
  environmentEntityRef,
  maxClusterNameLength,
  nodeName,
} from './names';
export {
  isTimeOfDay,
  timetableText,
  toTimetable,
  toWeeklyHours,
  WEEK_DAYS,
  type WeeklyHours,
} from './timetable';
export {
  compareVersions,
  minorsBetween,
  upgradesFrom,
} from './kubernetesVersions';
export { queuePlaceText, waitReasonText } from './queue';
export {
  RESOURCE_TYPE_CLUSTER,
  RESOURCE_TYPE_ENVIRONMENT,
  RESOURCE_TYPE_ORDER,
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
  kubesmithClusterPermissions,
  kubesmithEnvironmentPermissions,
  kubesmithPermissions,
  orderPermission,
  policyManagePermission,
  poolManagePermission,
  quotaManagePermission,
  quotasManagePermission,
} from './permissions';
export {
  holds,
  type PolicyComparison,
  type PolicyCondition,
  type PolicyFacts,
} from './policy/condition';
export {
  Policies,
  SubjectPolicies,
  decide,
  type PolicyDecisionExplained,
  type PolicySubject,
} from './policy/evaluate';
export {
  checkPolicies,
  formatPolicyProblem,
  parsePolicies,
  type ParsedPolicies,
  type PolicyPositions,
  type PolicyProblem,
} from './policy/parsePolicies';
export {
  ADMINISTRATORS,
  EVERYONE,
  MAX_POLICY_LENGTH,
  OPEN_TO_THEM,
  RUN_BY_THEM,
  policyDocumentSchema,
  policyJsonSchema,
  type PolicyDocument,
  type PolicyRole,
  type PolicyRule,
} from './policy/schema';
export { ROLES_BY_REACH, factsOfShares, reaches } from './policy/shares';
export type * from './policy/policyApi';
export { QUOTA_RESOURCES, quotaUnit, shownAmount } from './quotas';
export {
  ALL_CLUSTER_VERBS,
  POLICY_VERBS,
  type PolicyVerb,
} from './policy/verbs';
export { writeRoles } from './policy/writeRoles';
