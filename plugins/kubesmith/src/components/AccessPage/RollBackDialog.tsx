import { useApi } from '@backstage/frontend-plugin-api';
import {
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  Text,
  TextField,
} from '@backstage/ui';
import { MAX_REASON_LENGTH } from '@kubesmith/plugin-kubesmith-common';
import { useState } from 'react';
import { policiesApiRef } from '../../api/policiesApi';
import { useSubmit } from '../../hooks/useSubmit';
import { FormError } from '../FormError';

/** Asks why an earlier version shall be in force again, and saves it as the newest. */
export const RollBackDialog = (props: {
  toVersion: number;
  /** The version in force. */
  version: number;
  onClose: () => void;
  onDone: (version: number) => void;
}) => {
  const { toVersion, version, onClose, onDone } = props;
  const policiesApi = useApi(policiesApiRef);
  const [reason, setReason] = useState('');
  const { error, isPending, submit } = useSubmit();

  const rollBack = () =>
    submit(async () => {
      onDone(
        await policiesApi.rollBack(toVersion, {
          expectedVersion: version,
          reason: reason.trim(),
        }),
      );
    });

  return (
    <Dialog
      isOpen
      onOpenChange={isOpen => {
        if (!isOpen) {
          onClose();
        }
      }}
    >
      <DialogHeader>Go back to version {toVersion}?</DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="3">
          <Text>
            Its text is saved once more as version {version + 1} and holds at
            once. The versions between stay in the history.
          </Text>
          <TextField
            label="Reason"
            isRequired
            maxLength={MAX_REASON_LENGTH}
            value={reason}
            onChange={setReason}
          />
          <FormError title="Nothing was changed" error={error} />
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button
          variant="primary"
          isPending={isPending}
          isDisabled={reason.trim() === ''}
          onPress={rollBack}
        >
          Go back
        </Button>
        <Button variant="secondary" slot="close">
          Cancel
        </Button>
      </DialogFooter>
    </Dialog>
  );
};
