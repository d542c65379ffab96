import { useApi } from '@backstage/frontend-plugin-api';
import { Flex, Skeleton } from '@backstage/ui';
import {
  isKubesmithApiError,
  type Cluster,
} from '@kubesmith/plugin-kubesmith-common';
import { useCallback } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { usePolled, type Polled } from '../../hooks/usePolled';
import { DeleteClusterButton } from '../DeleteCluster';
import { GrantsSection } from '../Grants';
import { KubeconfigButton } from '../Kubeconfig';
import { LoadError } from '../LoadError';
import { OperationProgress } from '../OperationProgress';
import { ClusterFacts } from './ClusterFacts';
import { ClusterHeading } from './ClusterHeading';
import { FailureAlert } from './FailureAlert';
import { NodesTable } from './NodesTable';

/** Everything about one cluster and everything that can be done with it. The same on our page and on the catalog's. */
export const ClusterDetails = ({ cluster }: { cluster: Polled<Cluster> }) => {
  const { value, error, refresh } = cluster;

  if (error && !value) {
    const isMissing = isKubesmithApiError(error) && error.status === 404;
    return (
      <LoadError
        title={
          isMissing
            ? 'There is no such cluster, or you may not see it'
            : 'The cluster could not be read'
        }
        error={error}
        onRetry={refresh}
      />
    );
  }
  if (!value) {
    return (
      <div role="status" aria-label="Reading the cluster">
        <Skeleton height={240} />
      </div>
    );
  }
  return (
    <Flex direction="column" gap="6">
      {error && (
        <LoadError
          title="The cluster could not be read again"
          error={error}
          onRetry={refresh}
          isStale
        />
      )}
      <LoadedDetails cluster={value} refresh={refresh} />
    </Flex>
  );
};

const LoadedDetails = (props: { cluster: Cluster; refresh: () => void }) => {
  const { cluster, refresh } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const loadGrants = useCallback(
    () => kubesmithApi.listGrants(cluster.id),
    [kubesmithApi, cluster.id],
  );
  const grants = usePolled(loadGrants, () => 30_000);
  const { operation } = cluster;
  const showsOperation = operation && operation.status !== 'succeeded';
  const isGone = cluster.phase === 'deleted';

  return (
    <>
      <ClusterHeading
        cluster={cluster}
        actions={
          <>
            {cluster.can.access && cluster.phase === 'ready' && (
              <KubeconfigButton cluster={cluster} onIssued={grants.refresh} />
            )}
            {cluster.can.delete && !isGone && cluster.phase !== 'deleting' && (
              <DeleteClusterButton cluster={cluster} />
            )}
          </>
        }
      />
      <FailureAlert cluster={cluster} />
      {showsOperation && (
        <OperationProgress
          operation={operation}
          canControl={cluster.can.delete}
          onChanged={refresh}
        />
      )}
      <ClusterFacts cluster={cluster} />
      <NodesTable nodes={cluster.nodes} />
      {!isGone && (
        <GrantsSection grants={grants} canRevoke={cluster.can.access} />
      )}
    </>
  );
};
