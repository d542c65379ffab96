import { useApi } from '@backstage/frontend-plugin-api';
import { Button, Dialog, DialogTrigger, Flex } from '@backstage/ui';
import type { ClusterSchedule } from '@kubesmith/plugin-kubesmith-common';
import { type ReactNode, useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useAction } from '../../hooks/useAction';
import { ConfirmButton } from '../ConfirmButton';
import { ScheduleForm } from './ScheduleForm';
import { SnoozeForm } from './SnoozeForm';

const FormButton = (props: {
  label: string;
  /** The form, told how to close itself. */
  form: (close: () => void) => ReactNode;
}) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button variant="secondary" size="small">
        {props.label}
      </Button>
      {/* Mounted only while the dialog is open: each opening begins anew. */}
      <Dialog width={640}>{props.form(() => setOpen(false))}</Dialog>
    </DialogTrigger>
  );
};

const EndSnoozeButton = (props: {
  clusterId: string;
  onChanged: () => void;
}) => {
  const kubesmithApi = useApi(kubesmithApiRef);
  const { isRunning, start } = useAction({
    run: () => kubesmithApi.snoozeSchedule(props.clusterId),
    done: 'The timetable counts again.',
    failed: 'The timetable is still put off',
    after: props.onChanged,
  });
  return (
    <Button
      variant="secondary"
      size="small"
      isPending={isRunning}
      onPress={start}
    >
      By the timetable again
    </Button>
  );
};

/** What can be done with the timetable of a cluster, for those who may send it to sleep. */
export const ScheduleButtons = (props: {
  clusterName: string;
  schedule: ClusterSchedule;
  onChanged: () => void;
}) => {
  const { clusterName, onChanged, schedule } = props;
  const { calendar, clusterId, snoozedUntil, timetable } = schedule;
  const isSet = timetable !== undefined || calendar !== undefined;
  const kubesmithApi = useApi(kubesmithApiRef);
  const of = { clusterId, clusterName };
  const after = (close: () => void) => () => {
    close();
    onChanged();
  };
  return (
    <Flex gap="2">
      {isSet && !snoozedUntil && (
        <FormButton
          label="Stay awake"
          form={close => <SnoozeForm {...of} onSnoozed={after(close)} />}
        />
      )}
      {isSet && snoozedUntil && (
        <EndSnoozeButton clusterId={clusterId} onChanged={onChanged} />
      )}
      <FormButton
        label={isSet ? 'Change timetable' : 'Set a timetable'}
        form={close => (
          <ScheduleForm {...of} schedule={schedule} onSet={after(close)} />
        )}
      />
      {isSet && (
        <ConfirmButton
          label="Remove"
          spoken="Remove the timetable"
          title="Remove the timetable?"
          text="The cluster then sleeps and wakes only when somebody says so. It stays as it is now."
          confirm="Remove timetable"
          action={{
            run: () => kubesmithApi.setSchedule(clusterId, {}),
            done: 'The cluster has no timetable any more.',
            failed: 'The timetable could not be removed',
            after: onChanged,
          }}
        />
      )}
    </Flex>
  );
};
