import {
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  DialogTrigger,
  Text,
} from '@backstage/ui';
import type { ReactElement, ReactNode } from 'react';
import { useAction } from '../../hooks/useAction';

/** A button that ends something at once, after a question; in a row, or with an icon at the head of a page. How it went, a toast says. */
export const ConfirmButton = (props: {
  /** On the button, such as `Revoke`. */
  label: string;
  /** The same for those who hear it, with what it is about. */
  spoken: string;
  title: string;
  /** What will be. */
  text: ReactNode;
  /** On the button of the question that does it. */
  confirm: string;
  /** Of a button at the head of a page. */
  icon?: ReactElement;
  action: Parameters<typeof useAction>[0];
}) => {
  const { label, spoken, title, text, confirm, icon, action } = props;
  const { isRunning, start } = useAction(action);
  return (
    <DialogTrigger>
      <Button
        size={icon ? 'medium' : 'small'}
        variant="secondary"
        destructive={icon !== undefined}
        iconStart={icon}
        isPending={isRunning}
        aria-label={spoken}
      >
        {label}
      </Button>
      <Dialog>
        <DialogHeader>{title}</DialogHeader>
        <DialogBody>
          <Text>{text}</Text>
        </DialogBody>
        <DialogFooter>
          <Button variant="primary" destructive slot="close" onPress={start}>
            {confirm}
          </Button>
          <Button variant="secondary" slot="close">
            Keep it
          </Button>
        </DialogFooter>
      </Dialog>
    </DialogTrigger>
  );
};
