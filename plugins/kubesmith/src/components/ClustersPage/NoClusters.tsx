import { Card, CardBody, Flex, Text } from '@backstage/ui';
import { RiServerLine } from '@remixicon/react';
import { NewClusterButton } from './NewClusterButton';
import styles from './NoClusters.module.css';

/** What somebody without any cluster sees: what this is, and where to begin. */
export const NoClusters = () => (
  <Card>
    <CardBody>
      <Flex direction="column" align="center" gap="4" py="6">
        <RiServerLine aria-hidden size={40} />
        <Text as="h2" variant="title-small">
          You have no clusters yet
        </Text>
        <Text color="secondary" className={styles.text}>
          Order one: you choose a name and a size, and a few minutes later you
          download a kubeconfig that works. Clusters of your groups appear here
          too.
        </Text>
        <NewClusterButton />
      </Flex>
    </CardBody>
  </Card>
);
