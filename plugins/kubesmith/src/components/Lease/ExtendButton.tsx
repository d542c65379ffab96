import { Button, Dialog, DialogTrigger } from '@backstage/ui';
import type { Lease } from '@kubesmith/plugin-kubesmith-common';
import { RiCalendarScheduleLine } from '@remixicon/react';
import { useState } from 'react';
import { ExtendForm } from './ExtendForm';

/** Opens the dialog that gives a cluster more time. */
export const ExtendButton = (props: {
  clusterName: string;
  lease: Lease;
  /** Called after it was extended. */
  onExtended: () => void;
}) => {
  const [isOpen, setOpen] = useState(false);

  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button
        variant="secondary"
        size="medium"
        iconStart={<RiCalendarScheduleLine aria-hidden />}
      >
        Extend
      </Button>
      <Dialog width={560}>
        {/* Mounted only while the dialog is open: each opening begins with the dates of that moment. */}
        <ExtendForm
          clusterName={props.clusterName}
          lease={props.lease}
          onExtended={() => {
            setOpen(false);
            props.onExtended();
          }}
        />
      </Dialog>
    </DialogTrigger>
  );
};
