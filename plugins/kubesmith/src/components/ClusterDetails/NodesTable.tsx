import { CellText, Flex, Table, Text, type ColumnConfig } from '@backstage/ui';
import type { ClusterNode } from '@kubesmith/plugin-kubesmith-common';
import { useId, useMemo } from 'react';
import { formatMemory } from '../../format/nodes';

type Row = ClusterNode & { id: string };

const roleTexts: Record<ClusterNode['role'], string> = {
  'control-plane': 'Control plane',
  worker: 'Worker',
};

const stateTexts: Record<ClusterNode['state'], string> = {
  planned: 'Planned',
  created: 'Machine created',
  running: 'Machine runs',
  ready: 'Ready',
  stopped: 'Switched off',
  leaving: 'Leaves the cluster',
  deleted: 'Deleted',
};

const columns: ColumnConfig<Row>[] = [
  {
    id: 'name',
    width: '2fr',
    label: 'Name',
    isRowHeader: true,
    cell: node => <CellText title={node.name} />,
  },
  {
    id: 'role',
    width: '1fr',
    label: 'Role',
    cell: node => <CellText title={roleTexts[node.role]} />,
  },
  {
    id: 'state',
    width: '1fr',
    label: 'State',
    cell: node => <CellText title={stateTexts[node.state]} />,
  },
  {
    id: 'address',
    width: '1fr',
    label: 'Address',
    cell: node => <CellText title={node.ipAddress} />,
  },
  {
    id: 'machine',
    width: '2fr',
    label: 'Machine',
    cell: node => (
      <CellText
        title={`${node.vcpu} vCPU, ${formatMemory(node.memoryMiB)}, ${
          node.diskGiB
        } GiB disk`}
      />
    ),
  },
  {
    id: 'host',
    width: '1fr',
    minWidth: 150,
    label: 'Proxmox',
    cell: node => <CellText title={`${node.vmid} on ${node.host}`} />,
  },
];

/** The nodes of a cluster with their addresses. */
export const NodesTable = ({ nodes }: { nodes: ClusterNode[] }) => {
  const titleId = useId();
  const rows = useMemo(
    () => nodes.map(node => ({ ...node, id: node.name })),
    [nodes],
  );
  return (
    <section aria-labelledby={titleId}>
      <Flex direction="column" gap="2">
        <Text as="h2" variant="title-x-small" id={titleId}>
          Nodes
        </Text>
        <Table
          columnConfig={columns}
          data={rows}
          pagination={{ type: 'none' }}
        />
      </Flex>
    </section>
  );
};
