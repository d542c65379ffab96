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
  deleted: 'Deleted',
};

const columns: ColumnConfig<Row>[] = [
  {
    id: 'name',
    label: 'Name',
    isRowHeader: true,
    cell: node => <CellText title={node.name} />,
  },
  {
    id: 'role',
    label: 'Role',
    cell: node => <CellText title={roleTexts[node.role]} />,
  },
  {
    id: 'state',
    label: 'State',
    cell: node => <CellText title={stateTexts[node.state]} />,
  },
  {
    id: 'address',
    label: 'Address',
    cell: node => <CellText title={node.ipAddress} />,
  },
  {
    id: 'machine',
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
