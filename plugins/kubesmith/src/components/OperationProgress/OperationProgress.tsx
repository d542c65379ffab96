import { useRouteRef } from '@backstage/frontend-plugin-api';
import {
  Alert,
  Card,
  CardBody,
  CardHeader,
  Flex,
  Link,
  Text,
  VisuallyHidden,
} from '@backstage/ui';
import {
  type Operation,
  queuePlaceText,
  waitReasonText,
} from '@kubesmith/plugin-kubesmith-common';
import { useId } from 'react';
import { formatDuration } from '../../format/time';
import { useNow } from '../../hooks/useNow';
import { taskRouteRef } from '../../routes';
import { announce, isOver, operationTitle } from './operationTexts';
import { EventLog } from './EventLog';
import { OperationButtons } from './OperationButtons';
import { StepList } from './StepList';

/** One operation as it happens: its steps with their times, the newest message, the log, and what can be done. */
export const OperationProgress = (props: {
  operation: Operation;
  /** Whether the user may cancel and continue it. */
  canControl: boolean;
  /** Called after the operation was changed from here. */
  onChanged: () => void;
}) => {
  const { operation, canControl, onChanged } = props;
  const titleId = useId();
  const taskRoute = useRouteRef(taskRouteRef);
  const over = isOver(operation);
  const now = useNow(over ? undefined : 1_000);
  const begin = Date.parse(operation.startedAt ?? operation.createdAt);
  const end = operation.finishedAt ? Date.parse(operation.finishedAt) : now;

  return (
    <section aria-labelledby={titleId}>
      <Card>
        <CardHeader>
          <Flex justify="between" align="center" gap="3">
            <Text as="h2" variant="title-x-small" id={titleId}>
              {operationTitle(operation)}
            </Text>
            <Flex align="center" gap="3">
              <Text color="secondary">
                {over ? 'took' : 'for'} {formatDuration(end - begin)}
              </Text>
              {canControl && (
                <OperationButtons operation={operation} onChanged={onChanged} />
              )}
            </Flex>
          </Flex>
        </CardHeader>
        <CardBody>
          <Flex direction="column" gap="4">
            <VisuallyHidden role="status" aria-label="Progress">
              {announce(operation)}
            </VisuallyHidden>
            {operation.queue && (
              <Alert
                status="info"
                icon
                title={`Waiting for room: ${queuePlaceText(
                  operation.queue,
                  now,
                )}`}
                description={`${
                  waitReasonText(operation.queue) ?? ''
                } It goes on by itself; nothing needs to be done.`.trim()}
              />
            )}
            <StepList steps={operation.steps} now={end} isOver={over} />
            <EventLog operationId={operation.id} isLive={!over} />
            {operation.taskId && taskRoute && (
              <Link href={taskRoute({ taskId: operation.taskId })}>
                The task that drives this
              </Link>
            )}
          </Flex>
        </CardBody>
      </Card>
    </section>
  );
};
