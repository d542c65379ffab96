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
import { useSubmit } from '../../hooks/useSubmit';
import { FormError } from '../FormError';

type Decision = {
  /** On the button, such as `Approve`. */
  label: string;
  title: string;
  text: ReactNode;
  /** What the field for a reason says; there is none when missing. */
  reason?: { label: string; isRequired: boolean };
  isDestructive?: boolean;
  onDecide: (reason: string) => Promise<unknown>;
  /** Called after a try, whether it worked or not: a refusal may have changed what there is to see, too. */
  onTried: () => void;
};

const DecisionForm = (props: Decision & { onDone: () => void }) => {
  const { label, title, text, reason, isDestructive, onTried, onDone } = props;
  const [typed, setTyped] = useState('');
  const { error, isPending, submit } = useSubmit();

  const decide = () =>
    submit(async () => {
      try {
        await props.onDecide(typed.trim());
        onDone();
      } finally {
        onTried();
      }
    });

  return (
    <>
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
    </>
  );
};

/** Asks once more, for a reason too, and stays open with what went wrong. */
export const DecisionButton = (
  props: Decision & {
    /** The label for those who hear it, with the name of the cluster. */
    spoken: string;
  },
) => {
  const { spoken, ...decision } = props;
  const [isOpen, setOpen] = useState(false);
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button size="small" variant="secondary" aria-label={spoken}>
        {decision.label}
      </Button>
      <Dialog>
        {isOpen && <DecisionForm {...decision} onDone={() => setOpen(false)} />}
      </Dialog>
    </DialogTrigger>
  );
};
