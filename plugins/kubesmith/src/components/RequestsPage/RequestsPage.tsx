import { BreadcrumbEntry, useApi } from '@backstage/frontend-plugin-api';
import { Container, Flex, Link, Skeleton, Text } from '@backstage/ui';
import { useCallback } from 'react';
import { useLocation, useSearchParams } from 'react-router-dom';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { usePolled } from '../../hooks/usePolled';
import { LoadError } from '../LoadError';
import { PageHeading } from '../PageHeading';
import { RequestsTable } from './RequestsTable';

/** Orders that wait for an approver: one's own, and those about which one may decide. */
export const RequestsPage = () => {
  const { pathname } = useLocation();
  const [params] = useSearchParams();
  const only = params.get('request');
  const kubesmithApi = useApi(kubesmithApiRef);
  const load = useCallback(
    () => kubesmithApi.listOrderRequests(),
    [kubesmithApi],
  );
  const { value, error, refresh } = usePolled(load, () => 15_000);
  const requests = value?.filter(({ id }) => only === null || id === only);

  return (
    <BreadcrumbEntry entry={{ label: 'Approvals', href: pathname }}>
      <Container py="4">
        <Flex direction="column" gap="4">
          <PageHeading
            title="Approvals"
            text="Orders above a limit wait here until somebody who runs the environment has decided. Yours are listed too; nobody decides about their own."
          />
          {error && (
            <LoadError
              title="The orders that need an approval could not be read"
              error={error}
              onRetry={refresh}
              isStale={value !== undefined}
            />
          )}
          {!value && !error && (
            <div role="status" aria-label="Reading the orders">
              <Skeleton height={240} />
            </div>
          )}
          {requests && requests.length === 0 && (
            <Text color="secondary">
              {only === null
                ? 'No order of yours waits for an approval, and none for your decision. From which size on orders wait is set on the page Quotas, by those who run an environment.'
                : 'There is no such order that you may see.'}
            </Text>
          )}
          {requests && requests.length > 0 && (
            <RequestsTable requests={requests} onChanged={refresh} />
          )}
          {only !== null && <Link href={pathname}>Show all</Link>}
        </Flex>
      </Container>
    </BreadcrumbEntry>
  );
};
