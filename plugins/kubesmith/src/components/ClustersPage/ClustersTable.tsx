import { useRouteRef } from '@backstage/frontend-plugin-api';
import { Table, Text, useTable } from '@backstage/ui';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { useMemo } from 'react';
import { phaseTexts } from '../../format/phase';
import { clusterRouteRef } from '../../routes';
import { clusterColumns } from './columns';

/** What a column is sorted by; a number sorts as a number. */
const sortKeys: Record<string, (cluster: Cluster) => string | number> = {
  name: cluster => cluster.name,
  state: cluster => phaseTexts[cluster.phase].label,
  version: cluster => cluster.spec.kubernetesVersion,
  nodes: cluster => cluster.spec.controlPlanes + cluster.spec.workers,
  owner: cluster => cluster.owner,
  environment: cluster => cluster.environment,
  // Those that are held, after all others.
  expires: cluster =>
    cluster.held ? Number.MAX_VALUE : Date.parse(cluster.expiresAt),
};

function compare(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : String(a).localeCompare(String(b), 'en', { numeric: true });
}

function matches(cluster: Cluster, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const text =
    `${cluster.name} ${cluster.owner} ${cluster.environment}`.toLowerCase();
  return words.every(word => text.includes(word));
}

/** The table of clusters: searched, sorted and cut into pages in the browser. */
export const ClustersTable = (props: {
  clusters: Cluster[];
  search: string;
  /** How many clusters there are beyond the ones given. */
  hidden: number;
}) => {
  const clusterRoute = useRouteRef(clusterRouteRef);
  const columns = useMemo(
    () => clusterColumns(id => clusterRoute?.({ clusterId: id })),
    [clusterRoute],
  );
  const { tableProps } = useTable({
    mode: 'complete',
    data: props.clusters,
    search: props.search,
    searchFn: (items, search) =>
      items.filter(cluster => matches(cluster, search)),
    sortFn: (items, { column, direction }) => {
      const key = sortKeys[String(column)];
      const sign = direction === 'descending' ? -1 : 1;
      return key
        ? [...items].sort((a, b) => sign * compare(key(a), key(b)))
        : items;
    },
    paginationOptions: { pageSize: 20, pageSizeOptions: [20, 50, 100] },
  });

  return (
    <>
      <Table
        columnConfig={columns}
        {...tableProps}
        emptyState={
          <Text color="secondary">
            No cluster fits the search and the chosen state.
          </Text>
        }
      />
      {props.hidden > 0 && (
        <Text color="secondary">
          {props.hidden} older clusters are not shown.
        </Text>
      )}
    </>
  );
};
