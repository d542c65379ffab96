import { useApi } from '@backstage/frontend-plugin-api';
import {
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  Skeleton,
  TextField,
} from '@backstage/ui';
import {
  MAX_REASON_LENGTH,
  type PolicyPreview,
} from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useState } from 'react';
import { hasCode } from '../../api/PoliciesApiError';
import { policiesApiRef } from '../../api/policiesApi';
import { errorText } from '../../format/errorText';
import { useSubmit } from '../../hooks/useSubmit';
import { FormError } from '../FormError';
import type { RoleChange } from './describeChange';
import type { Names } from './describeRule';
import { PreviewTable } from './PreviewTable';
import { RoleChanges } from './RoleChanges';

/** Shows what a change would do, asks why, and saves it. */
export const SaveDialog = (props: {
  version: number;
  text: string;
  /** What the change does to each role. */
  changes: readonly RoleChange[];
  me: string;
  names: Names;
  onClose: () => void;
  onSaved: (version: number) => void;
  /** Somebody else saved in the meantime. */
  onConflict: () => void;
}) => {
  const { version, text, changes, me, names } = props;
  const { onClose, onSaved, onConflict } = props;
  const policiesApi = useApi(policiesApiRef);
  const [preview, setPreview] = useState<PolicyPreview>();
  const [reason, setReason] = useState('');
  const [unknown, setUnknown] = useState<string>();
  const { error, isPending, submit } = useSubmit();

  useEffect(() => {
    let isCurrent = true;
    policiesApi.preview({ yaml: text }).then(
      answer => isCurrent && setPreview(answer),
      failure => isCurrent && setUnknown(errorText(failure)),
    );
    return () => {
      isCurrent = false;
    };
  }, [policiesApi, text]);

  const save = () =>
    submit(async () => {
      try {
        onSaved(
          await policiesApi.save(
            { yaml: text },
            { expectedVersion: version, reason: reason.trim() },
          ),
        );
      } catch (failure) {
        if (!hasCode(failure, 'KUBESMITH-POLICY-CONFLICT')) throw failure;
        onConflict();
      }
    });

  return (
    <Dialog
      isOpen
      width={860}
      onOpenChange={isOpen => {
        if (!isOpen) {
          onClose();
        }
      }}
    >
      <DialogHeader>Save access</DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          <RoleChanges changes={changes} />
          {preview ? (
            <PreviewTable preview={preview} me={me} names={names} />
          ) : (
            !unknown && (
              <div role="status" aria-label="Finding out what would change">
                <Skeleton height={120} />
              </div>
            )
          )}
          <TextField
            label="Reason"
            description="Kept with this version, for whoever asks later why."
            isRequired
            maxLength={MAX_REASON_LENGTH}
            value={reason}
            onChange={setReason}
          />
          <FormError
            title="What would change could not be found out"
            error={unknown}
          />
          <FormError title="Nothing was saved" error={error} />
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button
          variant="primary"
          isPending={isPending}
          isDisabled={
            reason.trim() === '' || !preview || preview.managers === 0
          }
          onPress={save}
        >
          Save
        </Button>
        <Button variant="secondary" slot="close">
          Back
        </Button>
      </DialogFooter>
    </Dialog>
  );
};
