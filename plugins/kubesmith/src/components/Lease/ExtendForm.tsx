import { useApi } from '@backstage/frontend-plugin-api';
import {
  Button,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  Radio,
  RadioGroup,
  Text,
} from '@backstage/ui';
import type { Lease } from '@kubesmith/plugin-kubesmith-common';
import { useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useSubmit } from '../../hooks/useSubmit';
import { formatAbsolute } from '../../format/time';
import { FormError } from '../FormError';
import { leaseChoices } from './leaseChoices';

/** Asks until when, and extends. */
export const ExtendForm = (props: {
  clusterName: string;
  lease: Lease;
  onExtended: () => void;
}) => {
  const { clusterName, lease, onExtended } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  // The dates must not move while somebody chooses.
  const [choices] = useState(() => leaseChoices(lease));
  const [until, setUntil] = useState(choices.at(-1)?.id);
  const { error, isPending, submit } = useSubmit();

  const extend = () =>
    submit(async () => {
      await kubesmithApi.extendLease(lease.clusterId, { until });
      onExtended();
    });

  return (
    <>
      <DialogHeader>Extend {clusterName}</DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          <Text>
            {lease.state === 'over' ? 'It expired' : 'It expires'} on{' '}
            {formatAbsolute(Date.parse(lease.expiresAt))}.
          </Text>
          {choices.length > 0 ? (
            <RadioGroup label="New end" value={until} onChange={setUntil}>
              {choices.map(({ id, label }) => (
                <Radio key={id} value={id}>
                  {label}
                </Radio>
              ))}
            </RadioGroup>
          ) : (
            <Text>
              It already lasts as long as its environment allows. Come back
              later, or ask those who run the environment.
            </Text>
          )}
          <FormError title="The cluster could not be extended" error={error} />
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button
          variant="primary"
          isPending={isPending}
          isDisabled={until === undefined}
          onPress={extend}
        >
          Extend
        </Button>
        <Button variant="secondary" slot="close">
          Cancel
        </Button>
      </DialogFooter>
    </>
  );
};
