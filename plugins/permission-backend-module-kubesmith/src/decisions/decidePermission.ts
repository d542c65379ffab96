import { RESOURCE_TYPE_CATALOG_ENTITY } from '@backstage/plugin-catalog-common/alpha';
import {
  AuthorizeResult,
  type Permission,
  type PolicyDecision,
  isResourcePermission,
} from '@backstage/plugin-permission-common';
import {
  RESOURCE_TYPE_SCAFFOLDER_ACTION,
  RESOURCE_TYPE_SCAFFOLDER_TASK,
} from '@backstage/plugin-scaffolder-common/alpha';
import {
  type PolicyCondition,
  RESOURCE_TYPE_CLUSTER,
  RESOURCE_TYPE_ENVIRONMENT,
  RESOURCE_TYPE_ORDER,
  type SubjectPolicies,
} from '@kubesmith/plugin-kubesmith-common';
import {
  createClusterConditionalDecision,
  createEnvironmentConditionalDecision,
  createOrderConditionalDecision,
  toClusterCriteria,
  toEnvironmentCriteria,
  toOrderCriteria,
} from '@kubesmith/plugin-kubesmith-node';
import { decideEntity } from './catalog';
import {
  PORTAL_MANAGEMENT,
  clusterVerbs,
  environmentVerbs,
  portalVerbs,
  somewhereVerbs,
} from './permissionVerbs';
import { decideAction, decideTask } from './scaffolder';

const ALLOW: PolicyDecision = { result: AuthorizeResult.ALLOW };
const DENY: PolicyDecision = { result: AuthorizeResult.DENY };

const yesOrNo = (allowed: boolean) => (allowed ? ALLOW : DENY);

function fromCondition(
  condition: PolicyCondition,
  conditional: (condition: Exclude<PolicyCondition, boolean>) => PolicyDecision,
): PolicyDecision {
  return typeof condition === 'boolean'
    ? yesOrNo(condition)
    : conditional(condition);
}

/**
 * What the policies say to one permission for one person, as Backstage wants it.
 *
 * @param others - the decision about what is not Kubesmith's
 */
export function decidePermission(
  permission: Permission,
  subject: SubjectPolicies,
  userRef: string,
  others: PolicyDecision,
): PolicyDecision {
  const managesPortal = () => subject.decide('manage-portal').allowed;

  if (isResourcePermission(permission, RESOURCE_TYPE_CLUSTER)) {
    const verb = clusterVerbs.get(permission.name);
    return verb
      ? fromCondition(subject.conditionOf(verb), condition =>
          createClusterConditionalDecision(
            permission,
            toClusterCriteria(condition),
          ),
        )
      : yesOrNo(managesPortal());
  }
  if (isResourcePermission(permission, RESOURCE_TYPE_ORDER)) {
    return fromCondition(subject.conditionOf('create'), condition =>
      createOrderConditionalDecision(permission, toOrderCriteria(condition)),
    );
  }
  if (isResourcePermission(permission, RESOURCE_TYPE_ENVIRONMENT)) {
    const verb = environmentVerbs.get(permission.name);
    return verb
      ? fromCondition(subject.conditionOf(verb), condition =>
          createEnvironmentConditionalDecision(
            permission,
            toEnvironmentCriteria(condition),
          ),
        )
      : yesOrNo(managesPortal());
  }
  const somewhere = somewhereVerbs.get(permission.name);
  if (somewhere) {
    return yesOrNo(subject.conditionOf(somewhere) !== false);
  }
  if (permission.name.startsWith('kubesmith.')) {
    const verb = portalVerbs.get(permission.name) ?? 'manage-portal';
    return yesOrNo(subject.decide(verb).allowed);
  }
  if (isResourcePermission(permission, RESOURCE_TYPE_SCAFFOLDER_TASK)) {
    return decideTask(permission, subject, userRef);
  }
  if (PORTAL_MANAGEMENT.has(permission.name)) {
    return yesOrNo(managesPortal());
  }
  const rest = managesPortal() ? ALLOW : others;
  if (isResourcePermission(permission, RESOURCE_TYPE_CATALOG_ENTITY)) {
    return decideEntity(permission, subject, rest);
  }
  return isResourcePermission(permission, RESOURCE_TYPE_SCAFFOLDER_ACTION)
    ? decideAction(permission, subject, rest)
    : rest;
}
