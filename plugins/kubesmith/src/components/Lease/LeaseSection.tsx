import { Flex, Text } from '@backstage/ui';
import type { Lease } from '@kubesmith/plugin-kubesmith-common';
import { useId } from 'react';
import { formatAbsolute } from '../../format/time';
import { EntityName } from '../EntityName';
import { HoldButton } from './HoldButton';
import styles from './LeaseSection.module.css';
import { ReleaseButton } from './ReleaseButton';

const noticeTexts: Record<Lease['notices'][number]['kind'], string> = {
  week: 'The owner was told that a week is left',
  day: 'The owner was told that a day is left',
  hour: 'The owner was told that an hour is left',
  over: 'The owner was told that it expired',
  'last-day': 'The owner was told that it is deleted within a day',
};

/** What happened to the time of a cluster: extensions, what the owner was told, and a hold. Nothing while there is nothing. */
export const LeaseSection = (props: {
  clusterName: string;
  lease: Lease;
  onChanged: () => void;
}) => {
  const { clusterName, lease, onChanged } = props;
  const titleId = useId();
  const at = (moment: string) => formatAbsolute(Date.parse(moment));
  const rows = [
    ...lease.changes.map(change => ({
      time: change.at,
      text: (
        <>
          Extended until {at(change.to)} by <EntityName entityRef={change.by} />
        </>
      ),
    })),
    ...lease.notices.map(notice => ({
      time: notice.sentAt,
      text: <>{noticeTexts[notice.kind]}</>,
    })),
    ...(lease.hold
      ? [
          {
            time: lease.hold.at,
            text: (
              <>
                Kept from expiring by <EntityName entityRef={lease.hold.by} />:{' '}
                {lease.hold.reason}
              </>
            ),
          },
        ]
      : []),
  ].sort((a, b) => b.time.localeCompare(a.time));
  if (rows.length === 0 && !lease.can.hold) return null;

  return (
    <section aria-labelledby={titleId}>
      <Flex direction="column" gap="2">
        <Flex align="center" justify="between" gap="3">
          <Text as="h2" variant="title-x-small" id={titleId}>
            How long it lasts
          </Text>
          {lease.can.hold &&
            (lease.hold ? (
              <ReleaseButton lease={lease} onReleased={onChanged} />
            ) : (
              <HoldButton
                clusterName={clusterName}
                lease={lease}
                onHeld={onChanged}
              />
            ))}
        </Flex>
        {rows.length === 0 && (
          <Text color="secondary">It was not extended yet.</Text>
        )}
        {rows.length > 0 && (
          <ul aria-labelledby={titleId} className={styles.rows}>
            {rows.map(({ time, text }) => (
              <li key={time}>
                <Text>
                  {at(time)}: {text}
                </Text>
              </li>
            ))}
          </ul>
        )}
      </Flex>
    </section>
  );
};
