import { useApi } from '@backstage/frontend-plugin-api';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { useCallback } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { usePolled } from '../../hooks/usePolled';
import { DeleteClusterButton } from '../DeleteCluster';
import { GrantsSection } from '../Grants';
import { KubeconfigButton } from '../Kubeconfig';
import { OperationProgress } from '../OperationProgress';
import { SharingSection } from '../Sharing';
import { ClusterFacts } from './ClusterFacts';
import { ClusterHeading } from './ClusterHeading';
import { FailureAlert } from './FailureAlert';
import { NodesTable } from './NodesTable';

/** A cluster that was read, from its name down to its kubeconfigs. */
export const LoadedDetails = (props: {
  cluster: Cluster;
  refresh: () => void;
}) => {
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
      {!isGone && <SharingSection cluster={cluster} onChanged={refresh} />}
      {!isGone && <GrantsSection grants={grants} />}
    </>
  );
};
