import { Button, Dialog, DialogTrigger } from '@backstage/ui';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { RiKey2Line } from '@remixicon/react';
import { useState } from 'react';
import { KubeconfigDialog } from './KubeconfigDialog';

/** Opens the dialog that issues a kubeconfig. */
export const KubeconfigButton = (props: {
  cluster: Pick<Cluster, 'id' | 'name'>;
  /** Called after one was issued. */
  onIssued: () => void;
}) => {
  // A text that was not saved yet must not be lost by a stray click or key.
  const [isPrecious, setPrecious] = useState(false);

  return (
    <DialogTrigger onOpenChange={isOpen => !isOpen && setPrecious(false)}>
      <Button
        variant="primary"
        size="medium"
        iconStart={<RiKey2Line aria-hidden />}
      >
        Get kubeconfig
      </Button>
      <Dialog
        width={560}
        isDismissable={!isPrecious}
        isKeyboardDismissDisabled={isPrecious}
      >
        {/* Mounted only while the dialog is open: closing it forgets the text. */}
        <KubeconfigDialog {...props} onPrecious={setPrecious} />
      </Dialog>
    </DialogTrigger>
  );
};
