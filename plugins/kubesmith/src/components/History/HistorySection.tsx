import { Button, Flex, Skeleton, Text } from '@backstage/ui';
import type { Cluster, Operation } from '@kubesmith/plugin-kubesmith-common';
import { useId } from 'react';
import { formatDuration } from '../../format/time';
import { EntityName } from '../EntityName';
import { LoadError } from '../LoadError';
import { operationNoun } from '../OperationProgress';
import { PlainTable } from '../PlainTable';
import { RelativeTime } from '../Time';
import styles from './HistorySection.module.css';
import { LogButton } from './LogButton';
import { OutcomeText } from './OutcomeText';
import { useOperationPages } from './useOperationPages';

/** Who is behind what nobody asked for: timetables, and the end of a cluster's time. */
const PLATFORM = 'plugin:kubesmith';

const columns = [
  'What',
  'Asked for by',
  'Why',
  'Began',
  'Took',
  'Outcome',
  'Log',
];

function tookText({ startedAt, finishedAt }: Operation): string {
  return startedAt && finishedAt
    ? formatDuration(Date.parse(finishedAt) - Date.parse(startedAt))
    : '–';
}

const Row = ({ operation }: { operation: Operation }) => {
  const { createdAt, initiator, kind, reason, startedAt } = operation;
  return (
    <tr>
      <th scope="row">{operationNoun(kind)}</th>
      <td>
        {initiator === PLATFORM ? (
          'Kubesmith'
        ) : (
          <EntityName entityRef={initiator} />
        )}
      </td>
      <td className={styles.reason}>{reason ?? '–'}</td>
      <td>
        <RelativeTime at={startedAt ?? createdAt} withDate />
      </td>
      <td>{tookText(operation)}</td>
      <td className={styles.reason}>
        <OutcomeText operation={operation} />
      </td>
      <td>
        <LogButton operation={operation} />
      </td>
    </tr>
  );
};

/** What was done with a cluster, newest first: who asked for it and why, when, how long it took, how it ended, and its log. */
export const HistorySection = ({
  cluster,
}: {
  cluster: Pick<Cluster, 'id' | 'updatedAt' | 'operation'>;
}) => {
  const titleId = useId();
  const { error, isLoading, newer, older, refresh, value } =
    useOperationPages(cluster);

  return (
    <section aria-labelledby={titleId}>
      <Flex direction="column" gap="2">
        <Text as="h2" variant="title-x-small" id={titleId}>
          History
        </Text>
        {error && (
          <LoadError
            title="What was done with the cluster could not be read"
            error={error}
            onRetry={refresh}
            isStale={value !== undefined}
          />
        )}
        {isLoading && (
          <div role="status" aria-label="Reading what was done with it">
            <Skeleton height={64} />
          </div>
        )}
        {value?.length === 0 && (
          <Text color="secondary">Nothing was done with this cluster yet.</Text>
        )}
        {value && value.length > 0 && (
          <div className={styles.scroll}>
            <PlainTable label="History" columns={columns}>
              {value.map(operation => (
                <Row key={operation.id} operation={operation} />
              ))}
            </PlainTable>
          </div>
        )}
        {(newer || older) && (
          <Flex gap="2">
            <Button
              size="small"
              variant="secondary"
              isDisabled={!newer}
              onPress={newer}
            >
              Newer
            </Button>
            <Button
              size="small"
              variant="secondary"
              isDisabled={!older}
              onPress={older}
            >
              Older
            </Button>
          </Flex>
        )}
      </Flex>
    </section>
  );
};
