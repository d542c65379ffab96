import { useApi } from '@backstage/frontend-plugin-api';
import {
  Alert,
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
import { errorText } from '../../format/errorText';
import { formatAbsolute } from '../../format/time';
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
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<string>();

  const extend = async () => {
    setPending(true);
    setError(undefined);
    try {
      await kubesmithApi.extendLease(lease.clusterId, { until });
      onExtended();
    } catch (cause) {
      setError(errorText(cause));
      setPending(false);
    }
  };

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
          {error && (
            <Alert
              role="alert"
              status="danger"
              icon
              title="The cluster could not be extended"
              description={error}
            />
          )}
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
