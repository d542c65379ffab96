import { toastApiRef, useApi } from '@backstage/frontend-plugin-api';
import {
  Button,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  Skeleton,
  Text,
  TextField,
} from '@backstage/ui';
import {
  type Cluster,
  MAX_REASON_LENGTH,
  type PossibleOperation,
} from '@kubesmith/plugin-kubesmith-common';
import { useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { newRequestId } from '../../browser/newRequestId';
import { useSubmit } from '../../hooks/useSubmit';
import { FormError } from '../FormError';
import { PlanView } from './PlanView';
import { operationForms, type RequestFields } from './forms';
import { usePlan } from './usePlan';

/** Asks what an operation needs to know, shows what it would do, and begins just that. */
export const StartOperationDialog = (props: {
  cluster: Cluster;
  operation: PossibleOperation;
  onStarted: () => void;
}) => {
  const { cluster, operation, onStarted } = props;
  const { kind, title, description } = operation;
  const kubesmithApi = useApi(kubesmithApiRef);
  const toastApi = useApi(toastApiRef);
  const form = operationForms[kind];
  const [fields, setFields] = useState<RequestFields>(
    () => form?.initial?.(cluster) ?? {},
  );
  const [reason, setReason] = useState('');
  // One wish, however often it is sent.
  const [requestId] = useState(newRequestId);
  const { error, isPending, submit } = useSubmit();

  const request =
    form && !form.isComplete(fields) ? undefined : { kind, ...fields };
  const { plan, error: planError, refresh } = usePlan(cluster.id, request);
  const isWorking = request !== undefined && !plan && !planError;
  const mayStart = plan !== undefined && plan.problems.length === 0;

  const start = () =>
    submit(async () => {
      try {
        await kubesmithApi.startOperation(cluster.id, {
          requestId,
          request: request!,
          fingerprint: plan!.fingerprint,
          ...(reason.trim() && { reason: reason.trim() }),
        });
      } catch (cause) {
        // Perhaps the cluster changed: what it would do now is to be read again.
        refresh();
        throw cause;
      }
      toastApi.post({
        title: `${title}: begun for ${cluster.name}`,
        status: 'success',
        timeout: 5_000,
      });
      onStarted();
    });

  return (
    <>
      <DialogHeader>
        {title}: {cluster.name}
      </DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          <Text>{description}</Text>
          {form && (
            <form.Fields
              cluster={cluster}
              value={fields}
              onChange={setFields}
            />
          )}
          {!request && (
            <Text color="secondary">
              What would happen is shown here before anything begins.
            </Text>
          )}
          {/* One region for both: what is worked out while somebody types elsewhere is read out when it is there. */}
          <div
            role="status"
            aria-busy={isWorking}
            aria-label="What would happen"
          >
            {isWorking && <Skeleton height={80} />}
            {plan && <PlanView plan={plan} />}
          </div>
          <FormError
            title="It could not be found out what would happen"
            error={planError}
          />
          {mayStart && (
            <TextField
              label="Why?"
              description="Optional. Stays in the cluster's history."
              value={reason}
              onChange={setReason}
              maxLength={MAX_REASON_LENGTH}
            />
          )}
          <FormError title="It was not begun" error={error} />
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button
          variant="primary"
          isDisabled={!mayStart}
          isPending={isPending}
          onPress={start}
        >
          {title}
        </Button>
        <Button variant="secondary" slot="close">
          Cancel
        </Button>
      </DialogFooter>
    </>
  );
};
