import { useApi } from '@backstage/frontend-plugin-api';
import { Alert, Flex, Skeleton, Text } from '@backstage/ui';
import {
  type Cluster,
  type ClusterSchedule,
  timetableText,
} from '@kubesmith/plugin-kubesmith-common';
import { useCallback, useId } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { formatAbsolute, formatInZone } from '../../format/time';
import { usePolled } from '../../hooks/usePolled';
import { EntityName } from '../EntityName';
import { LoadError } from '../LoadError';
import { CalendarText } from './CalendarText';
import { ChangesList } from './ChangesList';
import { ScheduleButtons } from './ScheduleButtons';

const EVERY_MS = 60_000;

const Shown = ({ schedule }: { schedule: ClusterSchedule }) => {
  const { calendar, next, setAt, setBy, snoozedUntil, timetable } = schedule;
  const timeZone = (timetable ?? calendar)?.timeZone;
  if (timeZone === undefined)
    return (
      <Text color="secondary">
        None: it sleeps and wakes only when somebody says so.
      </Text>
    );
  return (
    <>
      {timetable && <Text>{timetableText(timetable)}</Text>}
      {calendar && <CalendarText calendar={calendar} />}
      {snoozedUntil && (
        <Alert
          role="status"
          status="info"
          icon
          title={`It does not go to sleep before ${formatInZone(
            Date.parse(snoozedUntil),
            timeZone,
          )}`}
        />
      )}
      <ChangesList label="What comes next" changes={next} timeZone={timeZone} />
      {setBy && setAt && (
        <Text color="secondary">
          Set by <EntityName entityRef={setBy} /> on{' '}
          {formatAbsolute(Date.parse(setAt))}.
        </Text>
      )}
    </>
  );
};

/** When a cluster sleeps and wakes by itself, what comes next, and how to change that. */
export const ScheduleSection = ({
  cluster,
}: {
  cluster: Pick<Cluster, 'id' | 'name'>;
}) => {
  const kubesmithApi = useApi(kubesmithApiRef);
  const titleId = useId();
  const load = useCallback(
    () => kubesmithApi.getSchedule(cluster.id),
    [kubesmithApi, cluster.id],
  );
  const { error, isLoading, refresh, value } = usePolled(load, () => EVERY_MS);

  return (
    <section aria-labelledby={titleId}>
      <Flex direction="column" gap="2">
        <Flex align="center" justify="between" gap="3">
          <Text as="h2" variant="title-x-small" id={titleId}>
            Timetable
          </Text>
          {value?.can.change && (
            <ScheduleButtons
              clusterName={cluster.name}
              schedule={value}
              onChanged={refresh}
            />
          )}
        </Flex>
        {error && (
          <LoadError
            title="The timetable could not be read"
            error={error}
            onRetry={refresh}
            isStale={value !== undefined}
          />
        )}
        {isLoading && (
          <div role="status" aria-label="Reading the timetable">
            <Skeleton height={32} />
          </div>
        )}
        {value && <Shown schedule={value} />}
      </Flex>
    </section>
  );
};
