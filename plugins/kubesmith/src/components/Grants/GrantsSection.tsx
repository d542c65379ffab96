import {
  Box,
  CellText,
  Cell,
  Flex,
  Table,
  Text,
  type ColumnConfig,
} from '@backstage/ui';
import type { Grant } from '@kubesmith/plugin-kubesmith-common';
import { useId, useMemo } from 'react';
import type { Polled } from '../../hooks/usePolled';
import { EntityName } from '../EntityName';
import { roleLabel } from '../Kubeconfig';
import { LoadError } from '../LoadError';
import { RelativeTime } from '../Time';
import { GrantState } from './GrantState';
import { RevokeButton } from './RevokeButton';

function grantColumns(onRevoked: () => void): ColumnConfig<Grant>[] {
  return [
    {
      id: 'user',
      label: 'Issued to',
      isRowHeader: true,
      cell: grant => (
        <Cell>
          <EntityName entityRef={grant.user} />
        </Cell>
      ),
    },
    {
      id: 'role',
      label: 'Role',
      cell: grant => (
        <CellText
          title={roleLabel(grant.role)}
          description={grant.namespaces?.join(', ')}
        />
      ),
    },
    {
      id: 'issued',
      label: 'Issued',
      cell: grant => (
        <Cell>
          <RelativeTime at={grant.createdAt} />
        </Cell>
      ),
    },
    {
      id: 'state',
      label: 'Validity',
      cell: grant => (
        <Cell>
          <GrantState grant={grant} />
        </Cell>
      ),
    },
    {
      id: 'action',
      label: 'Action',
      cell: grant => (
        <Cell>
          {grant.canRevoke ? (
            <RevokeButton grant={grant} onRevoked={onRevoked} />
          ) : (
            '–'
          )}
        </Cell>
      ),
    },
  ];
}

/** The kubeconfigs of a cluster, newest first. Their texts are nowhere. */
export const GrantsSection = ({ grants }: { grants: Polled<Grant[]> }) => {
  const titleId = useId();
  const { refresh } = grants;
  const columns = useMemo(() => grantColumns(refresh), [refresh]);

  return (
    <section aria-labelledby={titleId}>
      <Flex direction="column" gap="2">
        <Text as="h2" variant="title-x-small" id={titleId}>
          Kubeconfigs
        </Text>
        {grants.error && (
          <LoadError
            title="The kubeconfigs could not be read"
            error={grants.error}
            onRetry={refresh}
            isStale={grants.value !== undefined}
          />
        )}
        {grants.value?.length === 0 && (
          <Box>
            <Text color="secondary">No kubeconfig was issued yet.</Text>
          </Box>
        )}
        {grants.value && grants.value.length > 0 && (
          <Table
            columnConfig={columns}
            data={grants.value}
            pagination={{ type: 'none' }}
          />
        )}
      </Flex>
    </section>
  );
};
