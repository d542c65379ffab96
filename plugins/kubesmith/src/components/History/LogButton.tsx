import {
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  DialogTrigger,
  Flex,
  Text,
} from '@backstage/ui';
import type { Operation } from '@kubesmith/plugin-kubesmith-common';
import { formatAbsolute } from '../../format/time';
import { useNow } from '../../hooks/useNow';
import {
  EventLog,
  isOver,
  operationTitle,
  StepList,
} from '../OperationProgress';

const Details = ({ operation }: { operation: Operation }) => {
  const over = isOver(operation);
  const now = useNow(over ? undefined : 1_000);
  const { failure, finishedAt, status } = operation;
  return (
    <Flex direction="column" gap="4">
      {failure && status !== 'succeeded' && (
        <Text>
          {failure.message} What to do: {failure.nextStep} ({failure.code})
        </Text>
      )}
      <StepList
        steps={operation.steps}
        now={finishedAt ? Date.parse(finishedAt) : now}
        isOver={over}
      />
      <EventLog operationId={operation.id} isLive={!over} isOpenAtFirst />
    </Flex>
  );
};

/** Opens the steps and the log of an operation. */
export const LogButton = ({ operation }: { operation: Operation }) => {
  const began = formatAbsolute(
    Date.parse(operation.startedAt ?? operation.createdAt),
  );
  const title = operationTitle(operation);
  return (
    <DialogTrigger>
      <Button
        size="small"
        variant="secondary"
        aria-label={`Log: ${title}, ${began}`}
      >
        Log
      </Button>
      <Dialog width={720}>
        <DialogHeader>
          {title}, {began}
        </DialogHeader>
        <DialogBody>
          <Details operation={operation} />
        </DialogBody>
        <DialogFooter>
          <Button variant="secondary" slot="close">
            Close
          </Button>
        </DialogFooter>
      </Dialog>
    </DialogTrigger>
  );
};
