import { Card, CardBody, Flex } from '@backstage/ui';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import type { ReactNode } from 'react';
import { describeNodes } from '../../format/nodes';
import { CopyButton } from '../CopyButton';
import { EntityName, EnvironmentName } from '../EntityName';
import { RelativeTime } from '../Time';
import styles from './ClusterFacts.module.css';

const Fact = (props: { label: string; children: ReactNode }) => (
  <div>
    <dt className={styles.label}>{props.label}</dt>
    <dd className={styles.value}>{props.children}</dd>
  </div>
);

/** What there is to know about a cluster. */
export const ClusterFacts = ({ cluster }: { cluster: Cluster }) => {
  const { spec } = cluster;

  return (
    <section aria-label="About this cluster">
      <Card>
        <CardBody>
          <dl className={styles.facts}>
            <Fact label="Kubernetes API">
              <Flex align="center" gap="2">
                <code className={styles.address}>{cluster.apiServerUrl}</code>
                <CopyButton
                  label="Copy the address of the API"
                  text={cluster.apiServerUrl}
                  isIcon
                />
              </Flex>
            </Fact>
            <Fact label="Kubernetes version">{spec.kubernetesVersion}</Fact>
            <Fact label="Nodes">{describeNodes(spec)}</Fact>
            <Fact label="Size">{spec.size}</Fact>
            <Fact label="Network">{spec.cni}</Fact>
            <Fact label="Environment">
              <EnvironmentName name={cluster.environment} isLink />
            </Fact>
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
              <Fact label="Became ready">
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
