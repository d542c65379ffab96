import {
  catalogConditions,
  createCatalogConditionalDecision,
} from '@backstage/plugin-catalog-backend/alpha';
import type { RESOURCE_TYPE_CATALOG_ENTITY } from '@backstage/plugin-catalog-common/alpha';
import type {
  PolicyDecision,
  ResourcePermission,
} from '@backstage/plugin-permission-common';
import {
  CLUSTER_ID_ANNOTATION,
  ENVIRONMENT_LABEL,
} from '@kubesmith/plugin-kubesmith-common';
import type { Subject } from './Subject';

/**
 * Catalog entities: a cluster shows to those who may see its record; everything else shows to everybody. The catalog knows
 * only its own rules, so the record's owner and environment are mirrored in owner and label of the entity.
 */
export function decideCatalogEntity(
  permission: ResourcePermission<typeof RESOURCE_TYPE_CATALOG_ENTITY>,
  { claims, ledEnvironments }: Subject,
): PolicyDecision {
  return createCatalogConditionalDecision(permission, {
    anyOf: [
      {
        not: catalogConditions.hasAnnotation({
          annotation: CLUSTER_ID_ANNOTATION,
        }),
      },
      catalogConditions.isEntityOwner({ claims }),
      ...ledEnvironments.map(value =>
        catalogConditions.hasLabel({ label: ENVIRONMENT_LABEL, value }),
      ),
    ],
  });
}
