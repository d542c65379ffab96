import { Box, Flex, Text } from '@backstage/ui';
import { RiServerLine } from '@remixicon/react';
import { NewClusterButton } from './NewClusterButton';

/** What somebody without any cluster sees: what this is, and where to begin. */
export const NoClusters = () => (
  <Box bg="neutral" p="8">
    <Flex direction="column" align="center" gap="3">
      <RiServerLine aria-hidden size={40} />
      <Text as="h2" variant="title-small">
        You have no clusters yet
      </Text>
      <Text color="secondary">
        Order one: you choose a name and a size, and a few minutes later you
        download a kubeconfig that works. Clusters of your groups appear here
        too.
      </Text>
      <NewClusterButton />
    </Flex>
  </Box>
);
