import {
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  DialogTrigger,
  Flex,
  Text,
  TextField,
} from '@backstage/ui';
import { MAX_REASON_LENGTH } from '@kubesmith/plugin-kubesmith-common';
import { type ReactNode, useState } from 'react';
import { errorText } from '../../format/errorText';
import { FormError } from '../FormError';

/** Asks once more, for a reason too, and stays open with what went wrong. */
export const DecisionButton = (props: {
  /** On the button, such as `Approve`. */
  label: string;
  /** The same for those who hear it, with the name of the cluster. */
  spoken: string;
  title: string;
  text: ReactNode;
  /** What the field for a reason says; there is none when missing. */
  reason?: { label: string; isRequired: boolean };
  isDestructive?: boolean;
  onDecide: (reason: string) => Promise<unknown>;
  onDone: () => void;
}) => {
  const { label, spoken, title, text, reason, isDestructive } = props;
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<string>();

  const decide = async () => {
    setPending(true);
    setError(undefined);
    try {
      await props.onDecide(typed.trim());
      setOpen(false);
    } catch (cause) {
      setError(errorText(cause));
    } finally {
      setPending(false);
    }
    // A refusal may have changed what there is to see, too.
    props.onDone();
  };

  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button size="small" variant="secondary" aria-label={spoken}>
        {label}
      </Button>
      <Dialog>
        <DialogHeader>{title}</DialogHeader>
        <DialogBody>
          <Flex direction="column" gap="4">
            <Text>{text}</Text>
            {reason && (
              <TextField
                label={reason.label}
                isRequired={reason.isRequired}
                maxLength={MAX_REASON_LENGTH}
                value={typed}
                onChange={setTyped}
              />
            )}
            <FormError title="This could not be done" error={error} />
          </Flex>
        </DialogBody>
        <DialogFooter>
          <Button
            variant="primary"
            destructive={isDestructive}
            isPending={isPending}
            isDisabled={reason?.isRequired && typed.trim() === ''}
            onPress={decide}
          >
            {label}
          </Button>
          <Button variant="secondary" slot="close">
            Cancel
          </Button>
        </DialogFooter>
      </Dialog>
    </DialogTrigger>
  );
};
