import { Alert, Flex, Text } from '@backstage/ui';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';

/** Why a cluster is not well, with the code for the helpdesk and what to do next. */
export const FailureAlert = ({ cluster }: { cluster: Cluster }) => {
  // Also of an operation that failed on a cluster that works.
  const failure = cluster.failure ?? cluster.operation?.failure;
  if (!failure || cluster.phase === 'deleted') {
    return null;
  }
  return (
    <Alert
      role="alert"
      // A cancelled creation is what somebody wanted.
      status={cluster.operation?.status === 'cancelled' ? 'warning' : 'danger'}
      icon
      title={failure.message}
      description={
        <Flex direction="column" gap="1">
          <Text>What to do: {failure.nextStep}</Text>
          <Text color="secondary">{failure.code}</Text>
        </Flex>
      }
    />
  );
};
