import { Cell, CellText, type ColumnConfig } from '@backstage/ui';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { describeNodes } from '../../format/nodes';
import { EntityName, EnvironmentName } from '../EntityName';
import { PhaseBadge } from '../PhaseBadge';
import { RelativeTime } from '../Time';

/** When a cluster expires, if it does. */
const Expiry = ({ cluster }: { cluster: Cluster }) => {
  if (cluster.phase === 'deleted') return '–';
  return cluster.held ? 'held' : <RelativeTime at={cluster.expiresAt} />;
};

/**
 * The columns of the table of clusters.
 *
 * @param clusterLink - where the page of a cluster is, given its id
 */
export function clusterColumns(
  clusterLink: (id: string) => string | undefined,
): ColumnConfig<Cluster>[] {
  return [
    {
      id: 'name',
      width: '2fr',
      minWidth: 130,
      label: 'Name',
      isRowHeader: true,
      isSortable: true,
      cell: cluster => (
        <CellText title={cluster.name} href={clusterLink(cluster.id)} />
      ),
    },
    {
      id: 'state',
      width: '2fr',
      minWidth: 190,
      label: 'State',
      isSortable: true,
      cell: cluster => (
        <Cell>
          <PhaseBadge phase={cluster.phase} />
        </Cell>
      ),
    },
    {
      id: 'version',
      width: '1fr',
      minWidth: 130,
      label: 'Version',
      isSortable: true,
      cell: cluster => <CellText title={cluster.spec.kubernetesVersion} />,
    },
    {
      id: 'nodes',
      width: '1fr',
      minWidth: 100,
      label: 'Nodes',
      isSortable: true,
      cell: cluster => (
        <Cell>
          <span title={describeNodes(cluster.spec)}>
            {cluster.spec.controlPlanes + cluster.spec.workers}
          </span>
        </Cell>
      ),
    },
    {
      id: 'owner',
      width: '2fr',
      minWidth: 110,
      label: 'Owner',
      isSortable: true,
      cell: cluster => (
        <Cell>
          <EntityName entityRef={cluster.owner} isLink />
        </Cell>
      ),
    },
    {
      id: 'environment',
      width: '3fr',
      minWidth: 150,
      label: 'Environment',
      isSortable: true,
      cell: cluster => (
        <Cell>
          <EnvironmentName name={cluster.environment} />
        </Cell>
      ),
    },
    {
      id: 'expires',
      width: '2fr',
      minWidth: 110,
      label: 'Expires',
      isSortable: true,
      cell: cluster => (
        <Cell>
          <Expiry cluster={cluster} />
        </Cell>
      ),
    },
  ];
}
