import { Alert, Flex, Text } from '@backstage/ui';
import type { Lease } from '@kubesmith/plugin-kubesmith-common';
import { useNow } from '../../hooks/useNow';
import { formatAbsolute, formatRelative } from '../../format/time';

const HOUR = 3_600_000;

/** Says loudly when the time of a cluster is over or nearly so, and what to do. Nothing while there is time. */
export const LeaseAlert = ({ lease }: { lease: Lease }) => {
  const now = useNow(30_000);
  const remedy = lease.can.extend
    ? 'Extend it to keep it.'
    : 'Its owner can extend it.';
  const when = (moment: string) =>
    `${formatRelative(Date.parse(moment), now)} (${formatAbsolute(
      Date.parse(moment),
    )})`;

  if (lease.state === 'over') {
    return (
      <Alert
        role="alert"
        status="danger"
        icon
        title={
          lease.deletesAt
            ? `This cluster has expired and is deleted ${when(lease.deletesAt)}`
            : 'This cluster has expired'
        }
        description={
          <Flex direction="column" gap="1">
            <Text>
              If it was ready, it sleeps until then. It is deleted with
              everything that is stored on it. {remedy}
            </Text>
            {lease.isClockDoubted && (
              <Text>
                The portal’s clock is being checked: nothing is deleted
                meanwhile.
              </Text>
            )}
          </Flex>
        }
      />
    );
  }
  if (lease.state === 'near') {
    const isUrgent = Date.parse(lease.expiresAt) - now < 24 * HOUR;
    return (
      <Alert
        role="status"
        status={isUrgent ? 'danger' : 'warning'}
        icon
        title={`This cluster expires ${when(lease.expiresAt)}`}
        description={remedy}
      />
    );
  }
  if (lease.state === 'held' && lease.hold) {
    return (
      <Alert
        role="status"
        status="info"
        icon
        title={`This cluster does not expire${
          lease.hold.until ? ` before ${when(lease.hold.until)}` : ''
        }`}
        description={lease.hold.reason}
      />
    );
  }
  return null;
};
