import {
  catalogConditions,
  createCatalogConditionalDecision,
} from '@backstage/plugin-catalog-backend/alpha';
import type { RESOURCE_TYPE_CATALOG_ENTITY } from '@backstage/plugin-catalog-common/alpha';
import {
  AuthorizeResult,
  type PermissionCondition,
  type PermissionCriteria,
  type PolicyDecision,
  type ResourcePermission,
} from '@backstage/plugin-permission-common';
import {
  CLUSTER_ID_ANNOTATION,
  ENVIRONMENT_LABEL,
  ENVIRONMENT_OWNER_ANNOTATION,
  type PolicyCondition,
  SHARED_WITH_SPEC,
  type SubjectPolicies,
  TEMPLATE_VERB_LABEL,
} from '@kubesmith/plugin-kubesmith-common';
import { toCriteria } from '@kubesmith/plugin-kubesmith-node';

type EntityCriteria = PermissionCriteria<
  PermissionCondition<typeof RESOURCE_TYPE_CATALOG_ENTITY>
>;

const isCluster = catalogConditions.hasAnnotation({
  annotation: CLUSTER_ID_ANNOTATION,
});

function any(parts: EntityCriteria[]): EntityCriteria {
  return parts.length === 1
    ? parts[0]
    : { anyOf: parts as [EntityCriteria, ...EntityCriteria[]] };
}

/** A condition on clusters in the catalog's rules: it sees nothing but what is mirrored into the entities. */
function toEntityCriteria(
  condition: Exclude<PolicyCondition, boolean>,
): EntityCriteria {
  return toCriteria(condition, ({ fact, values }) => {
    switch (fact) {
      case 'owner':
        return catalogConditions.isEntityOwner({ claims: [...values] });
      case 'environment':
        return any(
          values.map(value =>
            catalogConditions.hasLabel({ label: ENVIRONMENT_LABEL, value }),
          ),
        );
      case 'environmentOwner':
        return any(
          values.map(value =>
            catalogConditions.hasAnnotation({
              annotation: ENVIRONMENT_OWNER_ANNOTATION,
              value,
            }),
          ),
        );
      case 'sharedWith':
        return any(
          values.map(value =>
            catalogConditions.hasSpec({ key: SHARED_WITH_SPEC, value }),
          ),
        );
      default:
        // Nor is anybody's role in a share: the catalog asks who may see a cluster and nothing else.
        throw new Error(`Entities are not decided by ${fact}`);
    }
  });
}

/** The templates of ours that somebody has no use for: what they do may the person do nowhere. */
function hiddenTemplates(subject: SubjectPolicies): EntityCriteria[] {
  const withVerb = (value: string) =>
    catalogConditions.hasLabel({ label: TEMPLATE_VERB_LABEL, value });
  const named = (names: readonly string[]) =>
    any(
      names.map(value => catalogConditions.hasMetadata({ key: 'name', value })),
    );
  const hidden: EntityCriteria[] = [];
  const { only, except } = subject.templates();
  if (subject.conditionOf('create') === false || only?.length === 0) {
    hidden.push(withVerb('create'));
  } else {
    if (only) {
      hidden.push({ allOf: [withVerb('create'), { not: named(only) }] });
    }
    if (except.length > 0) {
      hidden.push({ allOf: [withVerb('create'), named(except)] });
    }
  }
  if (subject.conditionOf('delete') === false) {
    hidden.push(withVerb('delete'));
  }
  return hidden;
}

/**
 * Catalog entities: a cluster shows to those who may see its record, a template of ours to those who may do somewhere what
 * it does. What is neither is decided by `others`.
 */
export function decideEntity(
  permission: ResourcePermission<typeof RESOURCE_TYPE_CATALOG_ENTITY>,
  subject: SubjectPolicies,
  others: PolicyDecision,
): PolicyDecision {
  const read = subject.conditionOf('read');
  const hidden = hiddenTemplates(subject);
  const parts: EntityCriteria[] = [];
  if (others.result === AuthorizeResult.ALLOW) {
    if (read === true && hidden.length === 0) {
      return { result: AuthorizeResult.ALLOW };
    }
    if (read !== true) {
      parts.push({ not: isCluster });
    }
  } else if (others.result === AuthorizeResult.CONDITIONAL) {
    parts.push({
      allOf: [{ not: isCluster }, others.conditions as EntityCriteria],
    });
  }
  if (read === true && others.result !== AuthorizeResult.ALLOW) {
    parts.push(isCluster);
  } else if (typeof read !== 'boolean') {
    parts.push({ allOf: [isCluster, toEntityCriteria(read)] });
  }
  const shown = hidden.map((not): EntityCriteria => ({ not }));
  const all = parts.length > 0 ? [any(parts), ...shown] : shown;
  if (parts.length === 0 && others.result === AuthorizeResult.DENY) {
    return { result: AuthorizeResult.DENY };
  }
  return createCatalogConditionalDecision(
    permission,
    all.length === 1
      ? all[0]
      : { allOf: all as [EntityCriteria, ...EntityCriteria[]] },
  );
}
