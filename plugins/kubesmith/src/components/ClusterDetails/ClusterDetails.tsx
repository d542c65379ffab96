import { Flex, Skeleton } from '@backstage/ui';
import {
  isKubesmithApiError,
  type Cluster,
} from '@kubesmith/plugin-kubesmith-common';
import type { Polled } from '../../hooks/usePolled';
import { LoadError } from '../LoadError';
import { LoadedDetails } from './LoadedDetails';

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
