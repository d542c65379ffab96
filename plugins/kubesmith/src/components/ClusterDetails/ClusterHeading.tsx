import { Flex, Text } from '@backstage/ui';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import type { ReactNode } from 'react';
import { PhaseBadge } from '../PhaseBadge';

/** The name of a cluster and its state, and beside them what can be done with it. */
export const ClusterHeading = (props: {
  cluster: Cluster;
  actions: ReactNode;
}) => (
  <Flex justify="between" align="center" gap="3">
    <Flex align="center" gap="3">
      <Text as="h2" variant="title-medium">
        {props.cluster.name}
      </Text>
      <PhaseBadge phase={props.cluster.phase} />
    </Flex>
    <Flex gap="2">{props.actions}</Flex>
  </Flex>
);
