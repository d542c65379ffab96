import { useEntity } from '@backstage/plugin-catalog-react';
import { useCluster } from '../../hooks/useCluster';
import { ClusterDetails } from '../ClusterDetails';
import { clusterIdOf } from './clusterIdOf';

/** The tab "Cluster" of a cluster's entity page: its state comes from our API, not from the catalog. */
export const EntityClusterContent = () => {
  const { entity } = useEntity();
  const cluster = useCluster(clusterIdOf(entity));
  return <ClusterDetails cluster={cluster} />;
};
