import { Alert, Flex, Text } from '@backstage/ui';
import {
  type AppliedQuota,
  type OrderDraft,
  type QueuePlace,
  queuePlaceText,
  quotaUnit,
  shownAmount,
  waitReasonText,
} from '@kubesmith/plugin-kubesmith-common';
import { useOrderPreview } from '../useOrderPreview';
import styles from './OrderImpact.module.css';

type Limit = AppliedQuota['limits'][number];

/** What is left of a limit after the order, or how much is missing, as a sentence. */
export function describeLeft({ resource, limit, after }: Limit): string {
  const unit = quotaUnit(resource);
  return after > limit
    ? `Not enough: ${shownAmount(
        resource,
        after - limit,
      )} ${unit} beyond the limit of ${shownAmount(resource, limit)}.`
    : `After this order ${shownAmount(
        resource,
        limit - after,
      )} of ${shownAmount(resource, limit)} ${unit} are left.`;
}

const QuotaImpact = ({ quota }: { quota: AppliedQuota }) => (
  <>
    {quota.limits.map(limit => {
      const isOver = limit.after > limit.limit;
      return (
        <tr key={limit.resource} data-over={isOver || undefined}>
          <th scope="row">{quota.title}</th>
          <td>
            <meter
              className={styles.meter}
              min={0}
              max={Math.max(limit.limit, 1)}
              high={limit.limit}
              value={Math.min(limit.after, Math.max(limit.limit, 1))}
              aria-label={`${quotaUnit(limit.resource)}, ${quota.title}`}
              aria-valuetext={describeLeft(limit)}
            />
          </td>
          <td>{describeLeft(limit)}</td>
        </tr>
      );
    })}
  </>
);

const Queue = ({ place }: { place: QueuePlace }) => (
  <Alert
    status="info"
    icon
    title={
      place.reason === 'clones' || place.reason === 'turn'
        ? 'Others come first'
        : 'The department is full'
    }
    description={`You can order: you would be ${queuePlaceText(
      place,
      Date.now(),
    )}. ${
      waitReasonText(place) ?? ''
    } The order waits and goes on by itself when there is room; until then you can delete it at any time.`}
  />
);

/** What is left of each quota after the order, whether it would wait for room, and whether it needs an approval, while the form is being filled in. */
export const OrderImpact = ({ draft }: { draft: OrderDraft }) => {
  const { preview, error } = useOrderPreview(
    draft.environment && draft.size && draft.workers !== undefined
      ? draft
      : undefined,
  );
  const quotas = preview?.quotas.filter(({ limits }) => limits.length > 0);
  const leases = preview?.quotas.flatMap(({ leaseDays }) => leaseDays ?? []);

  if (error) {
    return (
      <Text as="p" color="secondary" variant="body-small">
        What would be left after this order could not be read: {error.message}
      </Text>
    );
  }
  return (
    <div role="status">
      <Flex direction="column" gap="2">
        {quotas !== undefined && quotas.length > 0 && (
          <table className={styles.table}>
            <caption>What is left after this order</caption>
            <thead className={styles.hidden}>
              <tr>
                <th scope="col">Quota</th>
                <th scope="col">Used</th>
                <th scope="col">Left</th>
              </tr>
            </thead>
            <tbody>
              {quotas.map(quota => (
                <QuotaImpact key={quota.id} quota={quota} />
              ))}
            </tbody>
          </table>
        )}
        {preview?.approval && (
          <Alert
            status="warning"
            icon
            title="This order needs an approval"
            description={`${preview.approval.why.join(
              ' ',
            )} Nothing is built until somebody who runs the environment has approved it; you are told then.`}
          />
        )}
        {preview?.queue && <Queue place={preview.queue} />}
        {leases !== undefined && leases.length > 0 && (
          <Text as="p" variant="body-small">
            The cluster lasts {Math.min(...leases)} days at most.
          </Text>
        )}
      </Flex>
    </div>
  );
};
