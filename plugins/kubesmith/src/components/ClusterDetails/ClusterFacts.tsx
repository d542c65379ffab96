import { Card, CardBody, CardHeader, Flex, Text } from '@backstage/ui';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { useId, type ReactNode } from 'react';
import { describeNodes } from '../../format/nodes';
import { CopyButton } from '../CopyButton';
import { EntityName } from '../EntityName';
import { PhaseBadge } from '../PhaseBadge';
import { RelativeTime } from '../Time';
import styles from './ClusterFacts.module.css';

const Fact = (props: { label: string; children: ReactNode }) => (
  <div>
    <dt className={styles.label}>{props.label}</dt>
    <dd className={styles.value}>{props.children}</dd>
  </div>
);

/** What there is to know about a cluster, and beside its name what can be done with it. */
export const ClusterFacts = (props: {
  cluster: Cluster;
  actions: ReactNode;
}) => {
  const { cluster, actions } = props;
  const { spec } = cluster;
  const titleId = useId();

  return (
    <section aria-labelledby={titleId}>
      <Card>
        <CardHeader>
          <Flex justify="between" align="center" gap="3">
            <Flex align="center" gap="3">
              <Text as="h2" variant="title-small" id={titleId}>
                {cluster.name}
              </Text>
              <PhaseBadge phase={cluster.phase} />
            </Flex>
            <Flex gap="2">{actions}</Flex>
          </Flex>
        </CardHeader>
        <CardBody>
          <dl className={styles.facts}>
            <Fact label="Kubernetes API">
              <Flex align="center" gap="2">
                <code>{cluster.apiServerUrl}</code>
                <CopyButton label="Copy address" text={cluster.apiServerUrl} />
              </Flex>
            </Fact>
            <Fact label="Kubernetes version">{spec.kubernetesVersion}</Fact>
            <Fact label="Nodes">{describeNodes(spec)}</Fact>
            <Fact label="Size">{spec.size}</Fact>
            <Fact label="Network">{spec.cni}</Fact>
            <Fact label="Environment">{cluster.environment}</Fact>
            <Fact label="Owner">
              <EntityName entityRef={cluster.owner} isLink />
            </Fact>
            <Fact label="Ordered by">
              <EntityName entityRef={cluster.createdBy} isLink />
            </Fact>
            <Fact label="Ordered">
              <RelativeTime at={cluster.createdAt} withDate />
            </Fact>
            {cluster.readyAt && (
              <Fact label="Ready since">
                <RelativeTime at={cluster.readyAt} withDate />
              </Fact>
            )}
            {cluster.deletedAt ? (
              <Fact label="Deleted">
                <RelativeTime at={cluster.deletedAt} withDate />
              </Fact>
            ) : (
              <Fact label="Expires">
                <RelativeTime at={cluster.expiresAt} withDate />
              </Fact>
            )}
            {spec.reason && <Fact label="Reason">{spec.reason}</Fact>}
          </dl>
        </CardBody>
      </Card>
    </section>
  );
};
