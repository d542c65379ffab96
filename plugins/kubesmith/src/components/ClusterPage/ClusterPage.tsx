import { BreadcrumbEntry } from '@backstage/frontend-plugin-api';
import { Container } from '@backstage/ui';
import { useLocation, useParams } from 'react-router-dom';
import { useCluster } from '../../hooks/useCluster';
import { ClusterDetails } from '../ClusterDetails';

/** The page of one cluster by its id, there from the moment of the order. */
export const ClusterPage = () => {
  const { clusterId } = useParams<{ clusterId: string }>();
  if (!clusterId) {
    throw new Error('The route of this page has no :clusterId');
  }
  const { pathname } = useLocation();
  const cluster = useCluster(clusterId);

  return (
    <BreadcrumbEntry
      entry={{ label: cluster.value?.name ?? 'Cluster', href: pathname }}
    >
      <Container py="4">
        <ClusterDetails cluster={cluster} />
      </Container>
    </BreadcrumbEntry>
  );
};
