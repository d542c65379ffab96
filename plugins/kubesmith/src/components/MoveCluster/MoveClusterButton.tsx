import { usePermission } from '@backstage/plugin-permission-react';
import { Button, Dialog, DialogTrigger } from '@backstage/ui';
import {
  type Cluster,
  environmentsManagePermission,
} from '@kubesmith/plugin-kubesmith-common';
import { RiFolderTransferLine } from '@remixicon/react';
import { useState } from 'react';
import { MoveClusterDialog } from './MoveClusterDialog';

/** Gives a cluster to another environment; for those who look after environments. */
export const MoveClusterButton = (props: {
  cluster: Pick<Cluster, 'id' | 'name' | 'environment'>;
  onMoved: () => void;
}) => {
  const { allowed } = usePermission({
    permission: environmentsManagePermission,
  });
  const [isOpen, setOpen] = useState(false);
  if (!allowed) {
    return null;
  }
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button
        variant="secondary"
        size="medium"
        iconStart={<RiFolderTransferLine aria-hidden />}
      >
        Move
      </Button>
      <Dialog width={520}>
        <MoveClusterDialog
          cluster={props.cluster}
          onMoved={() => {
            setOpen(false);
            props.onMoved();
          }}
        />
      </Dialog>
    </DialogTrigger>
  );
};
