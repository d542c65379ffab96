import {
  Badge,
  Cell,
  CellText,
  Link,
  Text,
  type ColumnConfig,
} from '@backstage/ui';
import type { AuditEntry } from '@kubesmith/plugin-kubesmith-common';
import { EntityName, EnvironmentName } from '../EntityName';
import { ToneIcon } from '../PhaseBadge';
import { RelativeTime } from '../Time';
import styles from './AuditPage.module.css';
import { actionText, describeDetail, outcomeTexts } from './auditTexts';

/** Table rows need an `id`. */
export type AuditRow = AuditEntry & { id: string };

/** Users are entities of the catalog; plugins are not. */
const isUser = (actor: string) => actor.startsWith('user:');

/**
 * The columns of the audit trail.
 *
 * @param clusterLink - where the page of a cluster is, given its id
 */
export function auditColumns(
  clusterLink: (id: string) => string | undefined,
): ColumnConfig<AuditRow>[] {
  return [
    {
      id: 'time',
      label: 'When',
      minWidth: 130,
      cell: entry => (
        <Cell>
          <RelativeTime at={entry.time} />
        </Cell>
      ),
    },
    {
      id: 'actor',
      label: 'Who',
      minWidth: 130,
      isRowHeader: true,
      cell: entry => (
        <Cell>
          {isUser(entry.actor) ? (
            <EntityName entityRef={entry.actor} isLink />
          ) : (
            entry.actor
          )}
        </Cell>
      ),
    },
    {
      id: 'action',
      label: 'What',
      minWidth: 150,
      cell: entry => <CellText title={actionText(entry.action)} />,
    },
    {
      id: 'outcome',
      label: 'Outcome',
      minWidth: 150,
      cell: entry => {
        const { label, tone } = outcomeTexts[entry.outcome];
        return (
          <Cell>
            <Badge icon={<ToneIcon tone={tone} />}>{label}</Badge>
          </Cell>
        );
      },
    },
    {
      id: 'cluster',
      label: 'Cluster',
      minWidth: 120,
      cell: ({ clusterId }) => {
        const href = clusterId && clusterLink(clusterId);
        return (
          <Cell>
            {href ? <Link href={href}>{clusterId.slice(0, 8)}</Link> : '–'}
          </Cell>
        );
      },
    },
    {
      id: 'environment',
      label: 'Environment',
      minWidth: 150,
      cell: ({ environment }) => (
        <Cell>
          {environment ? <EnvironmentName name={environment} /> : '–'}
        </Cell>
      ),
    },
    {
      id: 'detail',
      label: 'Details',
      minWidth: 260,
      width: '2fr',
      // Which rule decided stands here, and is longer than a line.
      cell: entry => (
        <Cell>
          <Text className={styles.wrapped}>{describeDetail(entry)}</Text>
        </Cell>
      ),
    },
    {
      id: 'source',
      label: 'From',
      minWidth: 110,
      cell: entry => <CellText title={entry.source ?? '–'} />,
    },
  ];
}
