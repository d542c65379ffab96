import { useRouteRef } from '@backstage/frontend-plugin-api';
import { useEntity } from '@backstage/plugin-catalog-react';
import {
  Card,
  CardBody,
  CardHeader,
  Flex,
  Link,
  Skeleton,
  Text,
} from '@backstage/ui';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { describeNodes } from '../../format/nodes';
import { useCluster } from '../../hooks/useCluster';
import { clusterRouteRef } from '../../routes';
import { LoadError } from '../LoadError';
import { PhaseBadge } from '../PhaseBadge';
import { RelativeTime } from '../Time';
import { clusterIdOf } from './clusterIdOf';

const Summary = ({ cluster }: { cluster: Cluster }) => (
  <Flex direction="column" gap="2">
    <div>
      <PhaseBadge phase={cluster.phase} />
    </div>
    <Text>
      Kubernetes {cluster.spec.kubernetesVersion}, nodes:{' '}
      {describeNodes(cluster.spec)}
    </Text>
    <Text>
      API <code>{cluster.apiServerUrl}</code>
    </Text>
    {cluster.failure && <Text color="danger">{cluster.failure.message}</Text>}
    <Text color="secondary">
      Expires <RelativeTime at={cluster.expiresAt} withDate />
    </Text>
  </Flex>
);

/** A cluster in short, for the overview of its entity page. */
export const EntityClusterCard = () => {
  const { entity } = useEntity();
  const clusterId = clusterIdOf(entity);
  const { value, error, refresh } = useCluster(clusterId);
  const clusterRoute = useRouteRef(clusterRouteRef);

  return (
    <Card>
      <CardHeader>
        <Text as="h3" variant="title-x-small">
          Cluster
        </Text>
      </CardHeader>
      <CardBody>
        <Flex direction="column" gap="3">
          {error && (
            <LoadError
              title="The cluster could not be read"
              error={error}
              onRetry={refresh}
              isStale={value !== undefined}
            />
          )}
          {value && <Summary cluster={value} />}
          {!value && !error && <Skeleton height={96} />}
          {clusterRoute && (
            <Link href={clusterRoute({ clusterId })}>
              Nodes, progress and kubeconfigs
            </Link>
          )}
        </Flex>
      </CardBody>
    </Card>
  );
};
