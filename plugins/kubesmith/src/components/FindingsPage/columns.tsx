import {
  Badge,
  Cell,
  Flex,
  Link,
  Text,
  type ColumnConfig,
} from '@backstage/ui';
import type { Finding } from '@kubesmith/plugin-kubesmith-common';
import { ToneIcon } from '../PhaseBadge';
import { RelativeTime } from '../Time';
import styles from './FindingsPage.module.css';
import { kindTexts, stateText } from './findingTexts';

/**
 * The columns of the findings.
 *
 * @param clusterLink - where the page of a cluster is, given its id
 * @param titleOf - an environment's title, given its name
 */
export function findingColumns(
  clusterLink: (id: string) => string | undefined,
  titleOf: (environment: string) => string,
): ColumnConfig<Finding>[] {
  return [
    {
      id: 'kind',
      label: 'What',
      minWidth: 170,
      isRowHeader: true,
      cell: ({ kind }) => (
        <Cell>
          <Badge icon={<ToneIcon tone={kindTexts[kind].tone} />}>
            {kindTexts[kind].label}
          </Badge>
        </Cell>
      ),
    },
    {
      id: 'detail',
      label: 'What is the matter, and what to do',
      minWidth: 320,
      width: '3fr',
      cell: ({ clusterId, detail, endedAt, nextStep, repair }) => {
        const href = clusterId && clusterLink(clusterId);
        return (
          <Cell>
            <Flex direction="column" gap="1">
              <Text className={styles.wrapped}>{detail}</Text>
              {!endedAt && (
                <Text color="secondary" className={styles.wrapped}>
                  {nextStep}
                </Text>
              )}
              {repair && <Text className={styles.wrapped}>{repair}</Text>}
              {href && <Link href={href}>Open the cluster</Link>}
            </Flex>
          </Cell>
        );
      },
    },
    {
      id: 'state',
      label: 'State',
      minWidth: 160,
      cell: finding => {
        const { label, tone } = stateText(finding);
        return (
          <Cell>
            <Badge icon={<ToneIcon tone={tone} />}>{label}</Badge>
          </Cell>
        );
      },
    },
    {
      id: 'environment',
      label: 'Environment',
      minWidth: 140,
      cell: ({ environment }) => (
        <Cell>
          <Text className={styles.wrapped}>{titleOf(environment)}</Text>
        </Cell>
      ),
    },
    {
      id: 'seen',
      label: 'Seen',
      minWidth: 150,
      cell: ({ firstSeenAt, lastSeenAt, sightings }) => (
        <Cell>
          <Flex direction="column" gap="1">
            <Text>
              <RelativeTime at={lastSeenAt} />
            </Text>
            <Text color="secondary">
              {sightings === 1 ? 'once' : `${sightings} times`}, first{' '}
              <RelativeTime at={firstSeenAt} />
            </Text>
          </Flex>
        </Cell>
      ),
    },
  ];
}
