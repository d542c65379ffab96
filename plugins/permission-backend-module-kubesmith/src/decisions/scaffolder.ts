import {
  createScaffolderActionConditionalDecision,
  createScaffolderTaskConditionalDecision,
  scaffolderActionConditions,
  scaffolderTaskConditions,
} from '@backstage/plugin-scaffolder-backend/alpha';
import {
  type RESOURCE_TYPE_SCAFFOLDER_ACTION,
  type RESOURCE_TYPE_SCAFFOLDER_TASK,
} from '@backstage/plugin-scaffolder-common/alpha';
import {
  AuthorizeResult,
  type PolicyDecision,
  type ResourcePermission,
} from '@backstage/plugin-permission-common';
import type { SubjectPolicies } from '@kubesmith/plugin-kubesmith-common';
import { doorActions } from './permissionVerbs';

/** Tasks of the scaffolder, with their logs: for who created them, and for who manages the portal. */
export function decideTask(
  permission: ResourcePermission<typeof RESOURCE_TYPE_SCAFFOLDER_TASK>,
  subject: SubjectPolicies,
  userRef: string,
): PolicyDecision {
  return subject.decide('manage-portal').allowed
    ? { result: AuthorizeResult.ALLOW }
    : createScaffolderTaskConditionalDecision(
        permission,
        scaffolderTaskConditions.isTaskOwner({ createdBy: [userRef] }),
      );
}

/**
 * Actions of the scaffolder: who may order nowhere cannot run the action that orders, whatever the template. With which
 * cluster, decides the backend. All other actions are decided by `others`.
 */
export function decideAction(
  permission: ResourcePermission<typeof RESOURCE_TYPE_SCAFFOLDER_ACTION>,
  subject: SubjectPolicies,
  others: PolicyDecision,
): PolicyDecision {
  const refused = [...doorActions]
    .filter(([, verb]) => subject.conditionOf(verb) === false)
    .map(([actionId]) => ({
      not: scaffolderActionConditions.hasActionId({ actionId }),
    }));
  if (refused.length === 0 || others.result === AuthorizeResult.DENY) {
    return others;
  }
  const parts =
    others.result === AuthorizeResult.CONDITIONAL
      ? [...refused, others.conditions]
      : refused;
  return createScaffolderActionConditionalDecision(permission, {
    allOf: parts as [(typeof refused)[0], ...typeof refused],
  });
}
