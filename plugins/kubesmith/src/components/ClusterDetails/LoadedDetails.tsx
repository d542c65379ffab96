import { useApi } from '@backstage/frontend-plugin-api';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { useCallback } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { isBusy, isUsable } from '../../format/phase';
import { useLease } from '../../hooks/useLease';
import { usePolled } from '../../hooks/usePolled';
import { ArchiveSection } from '../Archive';
import { BackupsSection } from '../Backups';
import { ConditionsSection } from '../Conditions';
import { DeleteClusterButton } from '../DeleteCluster';
import { GrantsSection } from '../Grants';
import { HistorySection } from '../History';
import { KubeconfigButton } from '../Kubeconfig';
import { ExtendButton, LeaseAlert, LeaseSection } from '../Lease';
import { LoadError } from '../LoadError';
import { MoveClusterButton } from '../MoveCluster';
import { OperationProgress } from '../OperationProgress';
import { ScheduleSection } from '../Schedule';
import { SharingSection } from '../Sharing';
import { OperationsMenu } from '../StartOperation';
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
  const lease = useLease(cluster);
  const onLeaseChanged = () => {
    lease.refresh();
    refresh();
  };
  const { operation } = cluster;
  const showsOperation = operation && operation.status !== 'succeeded';
  const isGone = cluster.phase === 'deleted';

  return (
    <>
      <ClusterHeading
        cluster={cluster}
        actions={
          <>
            {cluster.can.access && isUsable(cluster) && (
              <KubeconfigButton cluster={cluster} onIssued={grants.refresh} />
            )}
            {lease.value?.can.extend && (
              <ExtendButton
                clusterName={cluster.name}
                lease={lease.value}
                onExtended={onLeaseChanged}
              />
            )}
            {!isGone && (
              <OperationsMenu cluster={cluster} onStarted={refresh} />
            )}
            {!isGone && !isBusy(cluster) && (
              <MoveClusterButton cluster={cluster} onMoved={refresh} />
            )}
            {cluster.can.delete && !isGone && cluster.phase !== 'deleting' && (
              <DeleteClusterButton cluster={cluster} />
            )}
          </>
        }
      />
      {lease.value && <LeaseAlert lease={lease.value} />}
      <FailureAlert cluster={cluster} />
      {showsOperation && (
        <OperationProgress
          operation={operation}
          canControl={cluster.can.control ?? cluster.can.delete}
          onChanged={refresh}
        />
      )}
      <ClusterFacts cluster={cluster} />
      {cluster.conditions && (
        <ConditionsSection conditions={cluster.conditions} />
      )}
      <NodesTable nodes={cluster.nodes} />
      {lease.error && (
        <LoadError
          title="It could not be read how long the cluster lasts"
          error={lease.error}
          onRetry={lease.refresh}
          isStale={lease.value !== undefined}
        />
      )}
      {lease.value && !isGone && (
        <LeaseSection
          clusterName={cluster.name}
          lease={lease.value}
          onChanged={onLeaseChanged}
        />
      )}
      {!isGone && cluster.phase !== 'deleting' && (
        <ScheduleSection cluster={cluster} />
      )}
      {isGone && <ArchiveSection cluster={cluster} />}
      {!isGone && cluster.phase !== 'deleting' && (
        <BackupsSection cluster={cluster} />
      )}
      {!isGone && <SharingSection cluster={cluster} onChanged={refresh} />}
      {!isGone && <GrantsSection grants={grants} />}
      <HistorySection cluster={cluster} />
    </>
  );
};
