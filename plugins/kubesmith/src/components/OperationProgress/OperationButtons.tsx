import { useApi } from '@backstage/frontend-plugin-api';
import { Button, Flex } from '@backstage/ui';
import {
  type Operation,
  UNSTOPPABLE_OPERATIONS,
} from '@kubesmith/plugin-kubesmith-common';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useAction } from '../../hooks/useAction';
import { isOver } from './operationTexts';

/** Cancel while it runs, try now while it pauses, continue when it failed or was cancelled. */
export const OperationButtons = (props: {
  operation: Operation;
  onChanged: () => void;
}) => {
  const { operation, onChanged } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const cancel = useAction({
    run: () => kubesmithApi.cancelOperation(operation.id),
    done: 'The operation stops at the next safe point.',
    failed: 'The operation could not be cancelled',
    after: onChanged,
  });
  const retry = useAction({
    run: () => kubesmithApi.retryOperation(operation.id),
    done: 'The operation goes on at the step that did not work.',
    failed: 'The operation could not be continued',
    after: onChanged,
  });
  const canRetry =
    operation.status === 'failed' || operation.status === 'cancelled';
  const isPausing =
    operation.status === 'waiting' &&
    !operation.cancelRequested &&
    // Nobody can hurry what waits for room.
    !operation.queue;
  const canCancel =
    !UNSTOPPABLE_OPERATIONS.includes(operation.kind) &&
    !isOver(operation) &&
    !operation.cancelRequested;

  return (
    <Flex gap="2">
      {canCancel && (
        <Button
          size="small"
          variant="secondary"
          isPending={cancel.isRunning}
          onPress={cancel.start}
        >
          Cancel
        </Button>
      )}
      {(canRetry || isPausing) && (
        <Button
          size="small"
          variant={isPausing ? 'secondary' : 'primary'}
          isPending={retry.isRunning}
          onPress={retry.start}
        >
          {isPausing ? 'Try now' : 'Retry'}
        </Button>
      )}
    </Flex>
  );
};
