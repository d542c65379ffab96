import { useApi } from '@backstage/frontend-plugin-api';
import { Select, Text } from '@backstage/ui';
import { useCallback } from 'react';
import { kubesmithApiRef } from '../../../api/kubesmithApi';
import { formatMegabytes } from '../../../format/megabytes';
import { formatAbsolute } from '../../../format/time';
import { usePolled } from '../../../hooks/usePolled';
import { LoadError } from '../../LoadError';
import type { OperationForm } from './OperationForm';

const NEVER_MS = 3_600_000;

const BackupSelect: OperationForm['Fields'] = ({
  cluster,
  value: { backup },
  onChange,
}) => {
  const kubesmithApi = useApi(kubesmithApiRef);
  const load = useCallback(
    () => kubesmithApi.listBackups(cluster.id),
    [kubesmithApi, cluster.id],
  );
  const { value, error, refresh } = usePolled(load, () => NEVER_MS);
  if (error && !value)
    return (
      <LoadError
        title="The backups could not be read"
        error={error}
        onRetry={refresh}
      />
    );
  if (value?.length === 0)
    return <Text>There is no backup of this cluster yet: take one first.</Text>;
  return (
    <Select
      label="Backup"
      isDisabled={!value}
      options={(value ?? []).map(({ id, takenAt, objects, bytes }) => ({
        id,
        label: `${formatAbsolute(
          Date.parse(takenAt),
        )}: ${objects} objects, ${formatMegabytes(bytes)}`,
      }))}
      value={backup ?? null}
      onChange={key => onChange(key === null ? {} : { backup: String(key) })}
    />
  );
};

/** Which backup a cluster goes back to. */
export const restoreForm: OperationForm = {
  Fields: BackupSelect,
  isComplete: ({ backup }) => backup !== undefined,
};
