import { Button, Dialog, DialogTrigger } from '@backstage/ui';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { RiShareLine } from '@remixicon/react';
import { useState } from 'react';
import { ShareForm } from './ShareForm';

/** Opens the dialog that shares a cluster. */
export const ShareButton = (props: {
  cluster: Pick<Cluster, 'id' | 'name' | 'expiresAt' | 'phase'>;
  onShared: () => void;
}) => {
  const [isOpen, setOpen] = useState(false);

  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button
        variant="secondary"
        size="small"
        iconStart={<RiShareLine aria-hidden />}
      >
        Share
      </Button>
      <Dialog width={560}>
        {/* Mounted only while the dialog is open: each opening begins anew. */}
        <ShareForm
          cluster={props.cluster}
          onShared={() => {
            setOpen(false);
            props.onShared();
          }}
        />
      </Dialog>
    </DialogTrigger>
  );
};
