import type { FilterPredicate } from '@backstage/filter-predicates';
import {
  EntityCardBlueprint,
  EntityContentBlueprint,
} from '@backstage/plugin-catalog-react/alpha';
import {
  CLUSTER_ENTITY_TYPE,
  CLUSTER_ID_ANNOTATION,
} from '@kubesmith/plugin-kubesmith-common';

/** Matches our clusters' entities: those of others (in the catalog by hand, say) have no record of ours to show. */
export const isOurCluster: FilterPredicate = {
  kind: 'resource',
  'spec.type': CLUSTER_ENTITY_TYPE,
  [`metadata.annotations.${CLUSTER_ID_ANNOTATION}`]: { $exists: true },
};

/** A cluster in short, on the overview of its entity page. */
export const clusterCard = EntityCardBlueprint.make({
  name: 'cluster',
  params: {
    type: 'content',
    filter: isOurCluster,
    loader: () =>
      import('./components/ClusterCard').then(m => <m.EntityClusterCard />),
  },
});

/** The tab "Cluster" of the entity page. */
export const clusterContent = EntityContentBlueprint.make({
  name: 'cluster',
  params: {
    path: '/cluster',
    title: 'Cluster',
    group: 'operation',
    filter: isOurCluster,
    loader: () =>
      import('./components/ClusterCard').then(m => <m.EntityClusterContent />),
  },
});
