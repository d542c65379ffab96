import { stringifyEntityRef, type Entity } from '@backstage/catalog-model';
import { CLUSTER_ID_ANNOTATION } from '@kubesmith/plugin-kubesmith-common';

/** The id of the cluster behind an entity. */
export function clusterIdOf(entity: Entity): string {
  const id = entity.metadata.annotations?.[CLUSTER_ID_ANNOTATION];
  if (!id) {
    throw new Error(
      `'${stringifyEntityRef(
        entity,
      )}' has no annotation ${CLUSTER_ID_ANNOTATION}`,
    );
  }
  return id;
}
