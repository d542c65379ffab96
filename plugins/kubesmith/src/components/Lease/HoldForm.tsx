import { useApi } from '@backstage/frontend-plugin-api';
import {
  Button,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  NumberField,
  Text,
  TextField,
} from '@backstage/ui';
import {
  MAX_REASON_LENGTH,
  type Lease,
} from '@kubesmith/plugin-kubesmith-common';
import { useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useSubmit } from '../../hooks/useSubmit';
import { FormError } from '../FormError';

const DAY = 24 * 3_600_000;

/** Asks why a cluster is kept, and for how long. */
export const HoldForm = (props: {
  clusterName: string;
  lease: Lease;
  onHeld: () => void;
}) => {
  const kubesmithApi = useApi(kubesmithApiRef);
  const [reason, setReason] = useState('');
  const [days, setDays] = useState(Number.NaN);
  const { error, isPending, submit } = useSubmit();

  const hold = () =>
    submit(async () => {
      await kubesmithApi.holdLease(props.lease.clusterId, {
        reason,
        ...(days > 0 && {
          until: new Date(Date.now() + days * DAY).toISOString(),
        }),
      });
      props.onHeld();
    });

  return (
    <>
      <DialogHeader>Keep {props.clusterName} from expiring</DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          <Text>
            Its owner is not warned and it is not deleted until you release it,
            or until the days are over. A cluster whose time is over by then is
            kept for the whole grace period before it is deleted.
          </Text>
          <TextField
            label="Reason"
            isRequired
            maxLength={MAX_REASON_LENGTH}
            value={reason}
            onChange={setReason}
          />
          <NumberField
            label="Days"
            description="Empty: until somebody releases it"
            minValue={1}
            maxValue={3650}
            value={days}
            onChange={setDays}
          />
          <FormError title="The cluster is not kept" error={error} />
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button
          variant="primary"
          isPending={isPending}
          isDisabled={reason.trim() === ''}
          onPress={hold}
        >
          Keep it
        </Button>
        <Button variant="secondary" slot="close">
          Cancel
        </Button>
      </DialogFooter>
    </>
  );
};
