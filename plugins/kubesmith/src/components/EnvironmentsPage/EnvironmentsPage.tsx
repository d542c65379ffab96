import {
  BreadcrumbEntry,
  useApi,
  useRouteRef,
} from '@backstage/frontend-plugin-api';
import {
  ButtonLink,
  Container,
  Flex,
  Skeleton,
  Table,
  Text,
  useTable,
} from '@backstage/ui';
import { RiAddLine } from '@remixicon/react';
import { useCallback, useMemo } from 'react';
import { useLocation } from 'react-router-dom';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { usePolled } from '../../hooks/usePolled';
import { environmentRouteRef, newEnvironmentRouteRef } from '../../routes';
import { LoadError } from '../LoadError';
import { PageHeading } from '../PageHeading';
import { environmentColumns } from './columns';

/** The environments that the person may change, with how full they are. */
export const EnvironmentsPage = () => {
  const { pathname } = useLocation();
  const kubesmithApi = useApi(kubesmithApiRef);
  const environmentRoute = useRouteRef(environmentRouteRef);
  const newRoute = useRouteRef(newEnvironmentRouteRef);
  const load = useCallback(
    () => kubesmithApi.listEnvironmentRecords(),
    [kubesmithApi],
  );
  const { value, error, refresh } = usePolled(load, () => 30_000);

  const columns = useMemo(
    () => environmentColumns(name => environmentRoute?.({ name })),
    [environmentRoute],
  );
  const rows = useMemo(
    () => value?.items.map(item => ({ ...item, id: item.name })) ?? [],
    [value],
  );
  const { tableProps } = useTable({
    mode: 'complete',
    data: rows,
    paginationOptions: { pageSize: 50, pageSizeOptions: [20, 50, 100] },
  });

  return (
    <BreadcrumbEntry entry={{ label: 'Environments', href: pathname }}>
      <Container py="4">
        <Flex direction="column" gap="4">
          <PageHeading
            title="Environments"
            text="Where clusters live: who runs it, who may order there and what, which addresses and Proxmox hosts machines get."
          >
            {value?.can.create && newRoute && (
              <ButtonLink
                variant="primary"
                href={newRoute()}
                iconStart={<RiAddLine aria-hidden />}
              >
                New environment
              </ButtonLink>
            )}
          </PageHeading>
          {error && (
            <LoadError
              title="The environments could not be read"
              error={error}
              onRetry={refresh}
              isStale={value !== undefined}
            />
          )}
          {!value && !error && (
            <div role="status" aria-label="Reading the environments">
              <Skeleton height={240} />
            </div>
          )}
          {value && (
            <Table
              columnConfig={columns}
              {...tableProps}
              emptyState={
                <Text color="secondary">
                  {value.can.create
                    ? 'There is no environment yet: nobody can order a cluster before there is one. Make it with “New environment”.'
                    : 'There is no environment that you may change. Administrators give that right on the page Access.'}
                </Text>
              }
            />
          )}
        </Flex>
      </Container>
    </BreadcrumbEntry>
  );
};
