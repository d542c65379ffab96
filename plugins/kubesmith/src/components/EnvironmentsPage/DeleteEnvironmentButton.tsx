import { useApi } from '@backstage/frontend-plugin-api';
import {
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  DialogTrigger,
  Text,
} from '@backstage/ui';
import type { EnvironmentRecord } from '@kubesmith/plugin-kubesmith-common';
import { RiDeleteBinLine } from '@remixicon/react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useAction } from '../../hooks/useAction';

/** Asks once more, then deletes an environment that has no clusters. */
export const DeleteEnvironmentButton = (props: {
  record: EnvironmentRecord;
  onDeleted: () => void;
}) => {
  const { record, onDeleted } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const deletion = useAction({
    run: () => kubesmithApi.deleteEnvironment(record.name, record.version),
    done: `The environment ${record.name} is deleted`,
    failed: `The environment ${record.name} was not deleted`,
    after: onDeleted,
  });
  return (
    <DialogTrigger>
      <Button
        variant="secondary"
        size="medium"
        destructive
        iconStart={<RiDeleteBinLine aria-hidden />}
      >
        Delete environment
      </Button>
      <Dialog>
        <DialogHeader>Delete {record.title}?</DialogHeader>
        <DialogBody>
          <Text>
            Nobody can order there any more. It has no clusters, and nothing in
            Proxmox is touched: its resource pool and template stay.
          </Text>
        </DialogBody>
        <DialogFooter>
          <Button
            variant="primary"
            destructive
            isPending={deletion.isRunning}
            onPress={deletion.start}
          >
            Delete
          </Button>
          <Button variant="secondary" slot="close">
            Keep it
          </Button>
        </DialogFooter>
      </Dialog>
    </DialogTrigger>
  );
};
