import { useApi } from '@backstage/frontend-plugin-api';
import {
  Button,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  Select,
  Text,
} from '@backstage/ui';
import { useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useSubmit } from '../../hooks/useSubmit';
import { FormError } from '../FormError';
import { snoozeChoices } from './snoozeChoices';

/** Asks until when a cluster stays awake whatever its timetable says. */
export const SnoozeForm = (props: {
  clusterId: string;
  clusterName: string;
  onSnoozed: () => void;
}) => {
  const { clusterId, clusterName, onSnoozed } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  // The times must not move while somebody chooses.
  const [choices] = useState(() => snoozeChoices(Date.now()));
  const [until, setUntil] = useState(choices[2].id);
  const { error, isPending, submit } = useSubmit();

  const snooze = () =>
    submit(async () => {
      await kubesmithApi.snoozeSchedule(clusterId, until);
      onSnoozed();
    });

  return (
    <>
      <DialogHeader>Keep {clusterName} awake</DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          <Text>
            Until then its timetable does not send it to sleep. After that it
            goes to sleep, unless it is time to be awake by then.
          </Text>
          <Select
            label="Stay awake"
            options={choices}
            value={until}
            onChange={key => setUntil(String(key))}
          />
          <FormError title="It could not be kept awake" error={error} />
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button variant="primary" isPending={isPending} onPress={snooze}>
          Keep awake
        </Button>
        <Button variant="secondary" slot="close">
          Cancel
        </Button>
      </DialogFooter>
    </>
  );
};
