import {
  BreadcrumbEntry,
  useApi,
  useRouteRef,
} from '@backstage/frontend-plugin-api';
import {
  Button,
  Container,
  Flex,
  Select,
  Skeleton,
  Switch,
  Table,
  Text,
  useTable,
} from '@backstage/ui';
import type { FindingKind, Findings } from '@kubesmith/plugin-kubesmith-common';
import { useCallback, useMemo, useState } from 'react';
import { useLocation } from 'react-router-dom';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useAction } from '../../hooks/useAction';
import { usePolled } from '../../hooks/usePolled';
import { clusterRouteRef } from '../../routes';
import { LoadError } from '../LoadError';
import { PageHeading } from '../PageHeading';
import { RelativeTime } from '../Time';
import { AnswersList } from './AnswersList';
import { findingColumns } from './columns';
import { kindTexts } from './findingTexts';

const ANY = 'any';
const EVERY_MS = 30_000;
const WHILE_LOOKING_MS = 2000;

const kindOptions = [
  { id: ANY, label: 'Everything' },
  ...Object.entries(kindTexts).map(([id, { label }]) => ({ id, label })),
];

/** When the portal last looked, and whether Proxmox answered. */
const LastLook = ({ findings }: { findings: Findings }) => (
  <Flex direction="column" gap="2">
    <Text role="status">
      {findings.isLooking && 'The portal looks now. '}
      {findings.lookedAt ? (
        <>
          Last looked <RelativeTime at={findings.lookedAt} />.
        </>
      ) : (
        'The portal has not looked yet.'
      )}
    </Text>
    <AnswersList answers={findings.environments} />
    {findings.elsewhere !== undefined && (
      <Text color="secondary">
        {findings.elsewhere === 1
          ? 'One more finding in a pool of yours is about a cluster of another environment: whoever looks after that one sees it.'
          : `${findings.elsewhere} more findings in pools of yours are about clusters of other environments: whoever looks after those sees them.`}
      </Text>
    )}
  </Flex>
);

/** Where records and Proxmox do not agree, in the environments that the person looks after. */
export const FindingsPage = () => {
  const { pathname } = useLocation();
  const clusterRoute = useRouteRef(clusterRouteRef);
  const kubesmithApi = useApi(kubesmithApiRef);
  const [kind, setKind] = useState(ANY);
  const [environment, setEnvironment] = useState(ANY);
  const [includeEnded, setIncludeEnded] = useState(false);
  const load = useCallback(
    () =>
      kubesmithApi.listFindings({
        kind: kind === ANY ? undefined : (kind as FindingKind),
        environment: environment === ANY ? undefined : environment,
        includeEnded,
      }),
    [environment, includeEnded, kind, kubesmithApi],
  );
  const { value, error, refresh } = usePolled(load, latest =>
    latest?.isLooking ? WHILE_LOOKING_MS : EVERY_MS,
  );
  const look = useAction({
    run: () => kubesmithApi.lookForFindings(),
    done: 'The portal looks now',
    failed: 'The portal does not look',
    after: refresh,
  });

  const environments = value?.environments;
  const columns = useMemo(
    () =>
      findingColumns(
        clusterId => clusterRoute?.({ clusterId }),
        name => environments?.find(one => one.name === name)?.title ?? name,
      ),
    [clusterRoute, environments],
  );
  const { tableProps } = useTable({
    mode: 'complete',
    data: value?.items ?? [],
    paginationOptions: { pageSize: 20, pageSizeOptions: [20, 50, 100] },
  });
  const isFiltered = kind !== ANY || environment !== ANY;

  return (
    <BreadcrumbEntry entry={{ label: 'Findings', href: pathname }}>
      <Container py="4">
        <Flex direction="column" gap="4">
          <PageHeading
            title="Findings"
            text="Where the portal’s records and Proxmox do not agree, in the environments that you look after."
          />
          <Flex align="end" justify="between" gap="3">
            <Flex align="end" gap="3">
              <Select
                aria-label="What"
                size="medium"
                options={kindOptions}
                value={kind}
                onChange={key => setKind(String(key))}
              />
              <Select
                aria-label="Environment"
                size="medium"
                options={[
                  { id: ANY, label: 'Every environment' },
                  ...(environments ?? []).map(({ name, title }) => ({
                    id: name,
                    label: title,
                  })),
                ]}
                value={environment}
                onChange={key => setEnvironment(String(key))}
              />
              <Switch
                label="Also what is over"
                isSelected={includeEnded}
                onChange={setIncludeEnded}
              />
            </Flex>
            <Button
              variant="secondary"
              isDisabled={
                look.isRunning ||
                value?.isLooking ||
                !value ||
                value.environments.length === 0
              }
              onPress={look.start}
            >
              Look now
            </Button>
          </Flex>
          {error && (
            <LoadError
              title="The findings could not be read"
              error={error}
              onRetry={refresh}
              isStale={value !== undefined}
            />
          )}
          {!value && !error && (
            <div role="status" aria-label="Reading the findings">
              <Skeleton height={240} />
            </div>
          )}
          {value && value.environments.length === 0 && (
            <Text color="secondary">
              You look after no environment, so there is nothing to show.
            </Text>
          )}
          {value && value.environments.length > 0 && (
            <>
              <LastLook findings={value} />
              <Table
                columnConfig={columns}
                {...tableProps}
                emptyState={
                  <Text color="secondary">
                    {isFiltered
                      ? 'Nothing fits what you chose.'
                      : 'Nothing was found: records and machines agree where Proxmox answered.'}
                  </Text>
                }
              />
            </>
          )}
        </Flex>
      </Container>
    </BreadcrumbEntry>
  );
};
