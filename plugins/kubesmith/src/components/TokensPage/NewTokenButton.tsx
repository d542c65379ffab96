import { Button, Dialog, DialogTrigger } from '@backstage/ui';
import { RiKey2Line } from '@remixicon/react';
import { useState } from 'react';
import type { MadeToken } from '../../api/kubesmithApi';
import { NewTokenForm, type TokenLimits } from './NewTokenForm';
import { ShownToken } from './ShownToken';

type DialogProps = {
  limits: TokenLimits;
  onMade: () => void;
  /** Says whether there is a text that was not copied yet. */
  onPrecious: (isPrecious: boolean) => void;
};

/** First what the token is for, then the token: its text lives in this component's state and nowhere else. */
const NewTokenDialog = ({ limits, onMade, onPrecious }: DialogProps) => {
  const [made, setMade] = useState<MadeToken>();
  return made ? (
    <ShownToken made={made} onCopied={() => onPrecious(false)} />
  ) : (
    <NewTokenForm
      limits={limits}
      onMade={answer => {
        setMade(answer);
        onPrecious(true);
        onMade();
      }}
    />
  );
};

/** Opens the dialog that makes an access token. */
export const NewTokenButton = (props: {
  limits: TokenLimits;
  onMade: () => void;
}) => {
  // A text that was not copied yet must not be lost by a stray click or key.
  const [isPrecious, setPrecious] = useState(false);

  return (
    <DialogTrigger onOpenChange={isOpen => !isOpen && setPrecious(false)}>
      <Button
        variant="primary"
        size="medium"
        iconStart={<RiKey2Line aria-hidden />}
      >
        New access token
      </Button>
      <Dialog
        width={560}
        isDismissable={!isPrecious}
        isKeyboardDismissDisabled={isPrecious}
      >
        <NewTokenDialog {...props} onPrecious={setPrecious} />
      </Dialog>
    </DialogTrigger>
  );
};
