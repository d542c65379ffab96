import { Badge, Cell, CellText, type ColumnConfig, Link } from '@backstage/ui';
import type { EnvironmentRecord } from '@kubesmith/plugin-kubesmith-common';
import { EntityName } from '../EntityName';

/** Table rows need an `id`. */
export type EnvironmentRow = EnvironmentRecord & { id: string };

function sourceText({ retired, source }: EnvironmentRecord): string {
  if (retired) return 'Taken out of the app-config';
  return source === 'portal' ? 'Portal' : 'App-config';
}

/**
 * The columns of the list of environments.
 *
 * @param link - where the page of an environment is, given its name
 */
export function environmentColumns(
  link: (name: string) => string | undefined,
): ColumnConfig<EnvironmentRow>[] {
  return [
    {
      id: 'title',
      label: 'Environment',
      minWidth: 180,
      isRowHeader: true,
      cell: ({ name, title }) => (
        <Cell>
          <Link href={link(name)}>{title}</Link>
        </Cell>
      ),
    },
    {
      id: 'owner',
      label: 'Run by',
      minWidth: 130,
      cell: ({ owner }) => (
        <Cell>
          <EntityName entityRef={owner} isLink />
        </Cell>
      ),
    },
    {
      id: 'clusters',
      label: 'Clusters',
      cell: ({ clusters }) => <CellText title={String(clusters)} />,
    },
    {
      id: 'addresses',
      label: 'Addresses',
      minWidth: 160,
      cell: ({ addresses: { free, total }, pool, sharesPoolWith }) => (
        <CellText
          title={`${free} of ${total} free`}
          description={
            sharesPoolWith.length === 0
              ? pool.name
              : `${pool.name}, shared with ${sharesPoolWith.join(', ')}`
          }
        />
      ),
    },
    {
      id: 'source',
      label: 'Kept in',
      minWidth: 130,
      cell: record => (
        <Cell>
          <Badge>{sourceText(record)}</Badge>
        </Cell>
      ),
    },
  ];
}
