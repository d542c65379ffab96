import { useApi } from '@backstage/frontend-plugin-api';
import { Select, Text, TextField } from '@backstage/ui';
import { useCallback } from 'react';
import { kubesmithApiRef } from '../../../api/kubesmithApi';
import { formatAbsolute } from '../../../format/time';
import { usePolled } from '../../../hooks/usePolled';
import { LoadError } from '../../LoadError';
import type { OperationForm } from './OperationForm';

const NEVER_MS = 3_600_000;

/** What a snapshot is called. */
export const snapshotForm: OperationForm = {
  Fields: ({ value, onChange }) => (
    <TextField
      label="Name"
      description="For you and others, such as: before the upgrade"
      isRequired
      maxLength={500}
      value={value.label ?? ''}
      onChange={label => onChange({ label })}
    />
  ),
  isComplete: ({ label }) => label !== undefined && label.trim() !== '',
};

const SnapshotSelect: OperationForm['Fields'] = ({
  cluster,
  value: { snapshot },
  onChange,
}) => {
  const kubesmithApi = useApi(kubesmithApiRef);
  const load = useCallback(
    () => kubesmithApi.listSnapshots(cluster.id),
    [kubesmithApi, cluster.id],
  );
  const { value, error, refresh } = usePolled(load, () => NEVER_MS);
  if (error && !value)
    return (
      <LoadError
        title="The snapshots could not be read"
        error={error}
        onRetry={refresh}
      />
    );
  if (value?.length === 0)
    return (
      <Text>There is no snapshot of this cluster yet: take one first.</Text>
    );
  return (
    <Select
      label="Snapshot"
      isDisabled={!value}
      options={(value ?? []).map(
        ({ id, label, createdAt, takenAt, state }) => ({
          id,
          label: `${label}, ${formatAbsolute(
            Date.parse(takenAt ?? createdAt),
          )}${state === 'kept' ? '' : ' (not whole)'}`,
        }),
      )}
      value={snapshot ?? null}
      onChange={key => onChange(key === null ? {} : { snapshot: String(key) })}
    />
  );
};

/** Which snapshot a cluster goes back to, or which one is removed. */
export const chooseSnapshotForm: OperationForm = {
  Fields: SnapshotSelect,
  isComplete: ({ snapshot }) => snapshot !== undefined,
};
