import { Cell, CellText, type ColumnConfig } from '@backstage/ui';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { describeNodes } from '../../format/nodes';
import { EntityName } from '../EntityName';
import { PhaseBadge } from '../PhaseBadge';
import { RelativeTime } from '../Time';

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
      label: 'Name',
      isRowHeader: true,
      isSortable: true,
      cell: cluster => (
        <CellText title={cluster.name} href={clusterLink(cluster.id)} />
      ),
    },
    {
      id: 'state',
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
      label: 'Kubernetes',
      isSortable: true,
      cell: cluster => <CellText title={cluster.spec.kubernetesVersion} />,
    },
    {
      id: 'nodes',
      label: 'Nodes',
      isSortable: true,
      cell: cluster => <CellText title={describeNodes(cluster.spec)} />,
    },
    {
      id: 'owner',
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
      label: 'Environment',
      isSortable: true,
      cell: cluster => <CellText title={cluster.environment} />,
    },
    {
      id: 'expires',
      label: 'Expires',
      isSortable: true,
      cell: cluster => (
        <Cell>
          {cluster.phase === 'deleted' ? (
            '–'
          ) : (
            <RelativeTime at={cluster.expiresAt} />
          )}
        </Cell>
      ),
    },
  ];
}
