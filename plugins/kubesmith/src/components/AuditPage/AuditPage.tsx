import { BreadcrumbEntry, useRouteRef } from '@backstage/frontend-plugin-api';
import {
  Button,
  Container,
  Flex,
  SearchField,
  Select,
  Skeleton,
  Table,
  Text,
  useTable,
} from '@backstage/ui';
import type { AuditEntry } from '@kubesmith/plugin-kubesmith-common';
import { useMemo, useState } from 'react';
import { useLocation } from 'react-router-dom';
import { clusterRouteRef } from '../../routes';
import { LoadError } from '../LoadError';
import { PageHeading } from '../PageHeading';
import { ExportButton } from './ExportButton';
import { actionTexts, outcomeTexts, periods, type Period } from './auditTexts';
import { auditColumns } from './columns';
import { useAuditPages } from './useAuditPages';

const ANY = 'any';

const options = (texts: Record<string, string>, any: string) => [
  { id: ANY, label: any },
  ...Object.entries(texts).map(([id, label]) => ({ id, label })),
];
const actionOptions = options(actionTexts, 'Every action');
const outcomeOptions = options(
  Object.fromEntries(
    Object.entries(outcomeTexts).map(([id, { label }]) => [id, label]),
  ),
  'Every outcome',
);
const periodOptions = Object.entries(periods).map(([id, { label }]) => ({
  id,
  label,
}));

/** `student-1` means `user:default/student-1`. */
function toActor(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  return trimmed.includes(':') ? trimmed : `user:default/${trimmed}`;
}

/** Who did, or was refused, what: for those who may read the audit trail. */
export const AuditPage = () => {
  const { pathname } = useLocation();
  const clusterRoute = useRouteRef(clusterRouteRef);
  const [who, setWho] = useState('');
  const [action, setAction] = useState(ANY);
  const [outcome, setOutcome] = useState(ANY);
  const [period, setPeriod] = useState<Period>('week');
  const { ms } = periods[period];
  const from = useMemo(
    () => (ms ? new Date(Date.now() - ms).toISOString() : undefined),
    [ms],
  );
  const filter = {
    actor: toActor(who),
    action: action === ANY ? undefined : action,
    outcome: outcome === ANY ? undefined : (outcome as AuditEntry['outcome']),
    from,
  };
  const isNarrowed = Object.values(filter).some(each => each !== undefined);
  const { entries, error, hasMore, isLoading, loadMore, reload } =
    useAuditPages(filter);

  const columns = useMemo(
    () => auditColumns(clusterId => clusterRoute?.({ clusterId })),
    [clusterRoute],
  );
  const rows = useMemo(
    () => entries?.map(entry => ({ ...entry, id: String(entry.seq) })) ?? [],
    [entries],
  );
  const { tableProps } = useTable({
    mode: 'complete',
    data: rows,
    paginationOptions: { pageSize: 50, pageSizeOptions: [20, 50, 100] },
  });

  return (
    <BreadcrumbEntry entry={{ label: 'Audit trail', href: pathname }}>
      <Container py="4">
        <Flex direction="column" gap="4">
          <PageHeading
            title="Audit"
            text="Who did, or was refused, what. Entries are never changed; they are kept as long as the app-config says."
          >
            <ExportButton filter={filter} />
          </PageHeading>
          <Flex align="end" gap="3">
            <SearchField
              aria-label="Who"
              placeholder="Who, such as student-1"
              size="medium"
              value={who}
              onChange={setWho}
            />
            <Select
              aria-label="What"
              size="medium"
              options={actionOptions}
              value={action}
              onChange={key => setAction(String(key))}
            />
            <Select
              aria-label="Outcome"
              size="medium"
              options={outcomeOptions}
              value={outcome}
              onChange={key => setOutcome(String(key))}
            />
            <Select
              aria-label="When"
              size="medium"
              options={periodOptions}
              value={period}
              onChange={key => setPeriod(key as Period)}
            />
          </Flex>
          {error && (
            <LoadError
              title="The audit trail could not be read"
              error={error}
              onRetry={reload}
              isStale={entries !== undefined}
            />
          )}
          {entries === undefined && !error && (
            <div role="status" aria-label="Reading the audit trail">
              <Skeleton height={240} />
            </div>
          )}
          {entries !== undefined && (
            <Table
              columnConfig={columns}
              {...tableProps}
              emptyState={
                <Text color="secondary">
                  {isNarrowed
                    ? 'Nothing on record fits what you chose. Choose a longer time, or fewer filters.'
                    : 'Nothing is on record yet.'}
                </Text>
              }
            />
          )}
          {hasMore && (
            <Flex justify="center">
              <Button
                variant="secondary"
                isDisabled={isLoading}
                onPress={loadMore}
              >
                Read older entries
              </Button>
            </Flex>
          )}
        </Flex>
      </Container>
    </BreadcrumbEntry>
  );
};
