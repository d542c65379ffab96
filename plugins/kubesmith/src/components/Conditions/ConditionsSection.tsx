import { Flex, Text } from '@backstage/ui';
import type { ClusterCondition } from '@kubesmith/plugin-kubesmith-common';
import { useId } from 'react';
import type { Tone } from '../../format/phase';
import { ToneIcon } from '../PhaseBadge';
import { RelativeTime } from '../Time';
import styles from './Conditions.module.css';

const titles: Record<ClusterCondition['type'], string> = {
  reachable: 'The cluster answers',
  'nodes-present': 'All nodes are there',
  'nodes-ready': 'All nodes are ready',
  versions: 'Versions are as ordered',
  certificates: 'Certificates last',
  backups: 'Backups are taken',
};

const statuses: Record<
  ClusterCondition['status'],
  { label: string; tone: Tone }
> = {
  true: { label: 'Yes', tone: 'success' },
  false: { label: 'No', tone: 'danger' },
  unknown: { label: 'Not known', tone: 'warning' },
};

/** What was seen inside a ready cluster: what is not as it should be first, and what to do about it. */
export const ConditionsSection = ({
  conditions,
}: {
  conditions: ClusterCondition[];
}) => {
  const titleId = useId();
  const order: ClusterCondition['status'][] = ['false', 'unknown', 'true'];
  const sorted = [...conditions].sort(
    (a, b) => order.indexOf(a.status) - order.indexOf(b.status),
  );
  return (
    <section aria-labelledby={titleId}>
      <Flex direction="column" gap="2">
        <Text as="h2" variant="title-x-small" id={titleId}>
          Condition
        </Text>
        <ul className={styles.list} aria-labelledby={titleId}>
          {sorted.map(({ message, nextStep, since, status, type }) => (
            <li key={type}>
              <ToneIcon tone={statuses[status].tone} />
              <div className={styles.text}>
                <Text weight="bold">
                  {titles[type]}: {statuses[status].label}
                </Text>
                <Text as="p">{message}</Text>
                {nextStep && <Text as="p">What to do: {nextStep}</Text>}
                {status !== 'true' && (
                  <Text as="p" color="secondary">
                    Since <RelativeTime at={since} withDate />
                  </Text>
                )}
              </div>
            </li>
          ))}
        </ul>
      </Flex>
    </section>
  );
};
