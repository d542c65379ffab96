import { useApi } from '@backstage/frontend-plugin-api';
import {
  Cell,
  CellText,
  Flex,
  Skeleton,
  Table,
  Text,
  type ColumnConfig,
} from '@backstage/ui';
import type { Cluster, Share } from '@kubesmith/plugin-kubesmith-common';
import { useCallback, useId, useMemo } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { usePolled } from '../../hooks/usePolled';
import { EntityName } from '../EntityName';
import { roleLabel } from '../Kubeconfig';
import { LoadError } from '../LoadError';
import { RelativeTime } from '../Time';
import { EndShareButton } from './EndShareButton';
import { ShareButton } from './ShareButton';

function shareColumns(
  canEnd: boolean,
  onEnded: () => void,
): ColumnConfig<Share>[] {
  return [
    {
      id: 'subject',
      label: 'Shared with',
      isRowHeader: true,
      cell: share => (
        <Cell>
          <EntityName entityRef={share.subject} />
        </Cell>
      ),
    },
    {
      id: 'role',
      label: 'Role',
      cell: share => (
        <CellText
          title={roleLabel(share.role)}
          description={share.namespaces?.join(', ') ?? 'whole cluster'}
        />
      ),
    },
    {
      id: 'until',
      label: 'Until',
      cell: share => (
        <Cell>
          <RelativeTime at={share.until} />
        </Cell>
      ),
    },
    {
      id: 'by',
      label: 'Shared by',
      cell: share => (
        <Cell>
          <EntityName entityRef={share.createdBy} />
        </Cell>
      ),
    },
    {
      id: 'action',
      label: 'Action',
      cell: share => (
        <Cell>
          {canEnd ? <EndShareButton share={share} onEnded={onEnded} /> : '–'}
        </Cell>
      ),
    },
  ];
}

/** With whom a cluster is shared, and for whom may, sharing it and ending that. */
export const SharingSection = (props: {
  cluster: Pick<Cluster, 'id' | 'name' | 'expiresAt' | 'can' | 'phase'>;
  /** Called after something was shared, or not any more. */
  onChanged: () => void;
}) => {
  const { cluster, onChanged } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const titleId = useId();
  const load = useCallback(
    () => kubesmithApi.listShares(cluster.id),
    [kubesmithApi, cluster.id],
  );
  const shares = usePolled(load, () => 30_000);
  const { refresh } = shares;
  const canShare = cluster.can.share ?? false;
  const changed = useCallback(() => {
    refresh();
    onChanged();
  }, [refresh, onChanged]);
  const columns = useMemo(
    () => shareColumns(canShare, changed),
    [canShare, changed],
  );

  return (
    <section aria-labelledby={titleId}>
      <Flex direction="column" gap="2">
        <Flex justify="between" align="center">
          <Text as="h2" variant="title-x-small" id={titleId}>
            Sharing
          </Text>
          {canShare && <ShareButton cluster={cluster} onShared={changed} />}
        </Flex>
        {shares.error && (
          <LoadError
            title="With whom it is shared could not be read"
            error={shares.error}
            onRetry={refresh}
            isStale={shares.value !== undefined}
          />
        )}
        {shares.isLoading && (
          <div role="status" aria-label="Reading with whom it is shared">
            <Skeleton height={32} />
          </div>
        )}
        {shares.value?.length === 0 && (
          <Text color="secondary">
            Shared with nobody. Only its owner, and those whom the department
            lets, may use it.
          </Text>
        )}
        {shares.value && shares.value.length > 0 && (
          <Table
            columnConfig={columns}
            data={shares.value}
            pagination={{ type: 'none' }}
          />
        )}
      </Flex>
    </section>
  );
};
