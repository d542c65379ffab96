import { useApi } from '@backstage/frontend-plugin-api';
import {
  Button,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  Text,
} from '@backstage/ui';
import type { ClusterSchedule } from '@kubesmith/plugin-kubesmith-common';
import { useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useSubmit } from '../../hooks/useSubmit';
import { FormError } from '../FormError';
import { TimetableFields } from './TimetableFields';
import { draftOf, wishOf } from './timetableDraft';

/** Asks when a cluster sleeps and wakes, shows what that means, and sets it. */
export const ScheduleForm = (props: {
  clusterId: string;
  clusterName: string;
  /** The present one, if any. */
  schedule: Pick<ClusterSchedule, 'calendar' | 'timetable'>;
  onSet: () => void;
}) => {
  const { clusterId, clusterName, onSet, schedule } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const [draft, setDraft] = useState(() => draftOf(schedule));
  const { error, isPending, submit } = useSubmit();
  const wanted = wishOf(draft);

  const set = () =>
    submit(async () => {
      await kubesmithApi.setSchedule(clusterId, wanted ?? {});
      onSet();
    });

  return (
    <>
      <DialogHeader>Timetable of {clusterName}</DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          <Text>
            By a timetable the cluster sleeps and wakes by itself. Asleep, its
            machines are switched off; what is stored on them stays. It begins
            when it is set, and does nothing for times that are over.
          </Text>
          <TimetableFields draft={draft} withCalendar onChange={setDraft} />
          <FormError title="The timetable was not set" error={error} />
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button
          variant="primary"
          isDisabled={!wanted}
          isPending={isPending}
          onPress={set}
        >
          Set timetable
        </Button>
        <Button variant="secondary" slot="close">
          Cancel
        </Button>
      </DialogFooter>
    </>
  );
};
