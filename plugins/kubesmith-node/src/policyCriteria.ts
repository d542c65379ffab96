import type {
  PermissionCondition,
  PermissionCriteria,
} from '@backstage/plugin-permission-common';
import type {
  PolicyComparison,
  PolicyCondition,
  RESOURCE_TYPE_CLUSTER,
  RESOURCE_TYPE_ENVIRONMENT,
  RESOURCE_TYPE_ORDER,
} from '@kubesmith/plugin-kubesmith-common';
import { environmentConditions } from './environmentPermissions';
import { orderConditions } from './orderPermissions';
import { clusterConditions } from './permissions';

/** A condition of Backstage on one type of resource. */
type Criteria<Type extends string> = PermissionCriteria<
  PermissionCondition<Type>
>;

/**
 * Says a condition of our policies in Backstage's terms.
 *
 * @param comparison - says one comparison in the rules of the plugin that has the resource
 * @public
 */
export function toCriteria<Type extends string>(
  condition: Exclude<PolicyCondition, boolean>,
  comparison: (comparison: PolicyComparison) => Criteria<Type>,
): Criteria<Type> {
  const all = (parts: readonly PolicyCondition[]) =>
    parts.map(part => {
      if (typeof part === 'boolean') {
        throw new Error(
          'A condition holds always or never and was not reduced',
        );
      }
      return toCriteria(part, comparison);
    }) as [Criteria<Type>, ...Criteria<Type>[]];
  if ('fact' in condition) {
    return comparison(condition);
  }
  if ('not' in condition) {
    return { not: all([condition.not])[0] };
  }
  return 'allOf' in condition
    ? { allOf: all(condition.allOf) }
    : { anyOf: all(condition.anyOf) };
}

/** A condition of our policies in the rules for clusters. @public */
export function toClusterCriteria(
  condition: Exclude<PolicyCondition, boolean>,
): Criteria<typeof RESOURCE_TYPE_CLUSTER> {
  return toCriteria(condition, ({ fact, values }) => {
    const claims = [...values];
    switch (fact) {
      case 'owner':
        return clusterConditions.isOwner({ claims });
      case 'environment':
        return clusterConditions.inEnvironment({ environments: claims });
      case 'environmentOwner':
        return clusterConditions.inOwnedEnvironment({ claims });
      case 'sharedWith':
        return clusterConditions.isSharedWith({ claims });
      case 'sharedAsEditor':
        return clusterConditions.isSharedWith({ claims, role: 'editor' });
      case 'sharedAsAdministrator':
        return clusterConditions.isSharedWith({
          claims,
          role: 'administrator',
        });
      default:
        throw new Error(`Only orders are decided by ${fact}`);
    }
  });
}

/** A condition of our policies in the rules for orders. @public */
export function toOrderCriteria(
  condition: Exclude<PolicyCondition, boolean>,
): Criteria<typeof RESOURCE_TYPE_ORDER> {
  return toCriteria(condition, ({ fact, values, whenUnknown }) => {
    const names = [...values];
    switch (fact) {
      case 'owner':
        return orderConditions.isOwner({ claims: names });
      case 'environment':
        return orderConditions.inEnvironment({ names });
      case 'environmentOwner':
        return orderConditions.inOwnedEnvironment({ claims: names });
      case 'environmentMembers':
        return orderConditions.inMemberEnvironment({ claims: names });
      case 'size':
        return orderConditions.hasSize({ names });
      case 'kubernetesVersion':
        return orderConditions.hasVersion({ names });
      default:
        return orderConditions.hasTemplate({ names, whenUnknown });
    }
  });
}

/** A condition of our policies in the rules for environments. @public */
export function toEnvironmentCriteria(
  condition: Exclude<PolicyCondition, boolean>,
): Criteria<typeof RESOURCE_TYPE_ENVIRONMENT> {
  return toCriteria(condition, ({ fact, values }) => {
    switch (fact) {
      case 'environment':
        return environmentConditions.isNamed({ names: [...values] });
      case 'environmentOwner':
        return environmentConditions.isRunBy({ claims: [...values] });
      default:
        throw new Error(`Environments are not decided by ${fact}`);
    }
  });
}
