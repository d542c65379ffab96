import { Button, Dialog, DialogTrigger } from '@backstage/ui';
import type { Lease } from '@kubesmith/plugin-kubesmith-common';
import { useState } from 'react';
import { HoldForm } from './HoldForm';

/** Keeps a cluster from expiring, for those who may. */
export const HoldButton = (props: {
  clusterName: string;
  lease: Lease;
  onHeld: () => void;
}) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button variant="secondary" size="small">
        Keep from expiring
      </Button>
      <Dialog width={560}>
        <HoldForm
          {...props}
          onHeld={() => {
            setOpen(false);
            props.onHeld();
          }}
        />
      </Dialog>
    </DialogTrigger>
  );
};
