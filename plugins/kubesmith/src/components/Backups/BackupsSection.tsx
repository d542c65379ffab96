import { useApi } from '@backstage/frontend-plugin-api';
import {
  Box,
  Cell,
  CellText,
  type ColumnConfig,
  Flex,
  Table,
  Text,
} from '@backstage/ui';
import type { Backup, Cluster } from '@kubesmith/plugin-kubesmith-common';
import { useCallback, useId } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { formatMegabytes } from '../../format/megabytes';
import { formatAbsolute } from '../../format/time';
import { usePolled } from '../../hooks/usePolled';
import { EntityName } from '../EntityName';
import { LoadError } from '../LoadError';

const EVERY_MS = 30_000;

const columns: ColumnConfig<Backup>[] = [
  {
    id: 'taken',
    label: 'Taken',
    isRowHeader: true,
    cell: ({ takenAt, obstacle }) => (
      <CellText
        title={formatAbsolute(Date.parse(takenAt))}
        description={obstacle && `Cannot be restored: ${obstacle}`}
      />
    ),
  },
  {
    id: 'by',
    label: 'Asked for by',
    cell: ({ createdBy }) => (
      <Cell>
        <EntityName entityRef={createdBy} />
      </Cell>
    ),
  },
  {
    id: 'content',
    label: 'Content',
    cell: ({ bytes, objects }) => (
      <CellText
        title={`${objects} objects`}
        description={formatMegabytes(bytes)}
      />
    ),
  },
  {
    id: 'versions',
    label: 'Versions',
    cell: ({ etcdVersion, kubernetesVersion }) => (
      <CellText
        title={`Kubernetes ${kubernetesVersion}`}
        description={`etcd ${etcdVersion}`}
      />
    ),
  },
];

/** The backups of a cluster, the newest first. They are made and restored under Change. */
export const BackupsSection = ({ cluster }: { cluster: Cluster }) => {
  const kubesmithApi = useApi(kubesmithApiRef);
  const titleId = useId();
  const load = useCallback(
    () => kubesmithApi.listBackups(cluster.id),
    [kubesmithApi, cluster.id],
  );
  const { value, error, refresh } = usePolled(load, () => EVERY_MS);

  return (
    <section aria-labelledby={titleId}>
      <Flex direction="column" gap="2">
        <Text as="h2" variant="title-x-small" id={titleId}>
          Backups
        </Text>
        {error && (
          <LoadError
            title="The backups could not be read"
            error={error}
            onRetry={refresh}
            isStale={value !== undefined}
          />
        )}
        {value?.length === 0 && (
          <Text color="secondary">
            None yet. &quot;Back up&quot; under Change keeps a copy of all
            objects of the cluster outside of it.
          </Text>
        )}
        {value && value.length > 0 && (
          <Box>
            <Table
              aria-labelledby={titleId}
              columnConfig={columns}
              data={value}
              pagination={{ type: 'none' }}
            />
          </Box>
        )}
      </Flex>
    </section>
  );
};
