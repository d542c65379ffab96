import { BreadcrumbEntry, useApi } from '@backstage/frontend-plugin-api';
import { Container, Flex, Skeleton, Text } from '@backstage/ui';
import { useCallback } from 'react';
import { useLocation } from 'react-router-dom';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { usePolled } from '../../hooks/usePolled';
import { LoadError } from '../LoadError';
import { PageHeading } from '../PageHeading';
import { NewTokenButton } from './NewTokenButton';
import { TokensTable } from './TokensTable';

/** The access tokens of the person who looks: what scripts sign in with. */
export const TokensPage = () => {
  const { pathname } = useLocation();
  const kubesmithApi = useApi(kubesmithApiRef);
  const load = useCallback(() => kubesmithApi.listTokens(), [kubesmithApi]);
  const { value, error, refresh } = usePolled(load, () => 30_000);

  return (
    <BreadcrumbEntry entry={{ label: 'Access tokens', href: pathname }}>
      <Container py="4">
        <Flex direction="column" gap="4">
          <PageHeading
            title="Access tokens"
            text="A token lets a script use clusters in your name. It can do what you may do at that moment, and no more than its scope."
          >
            {value && <NewTokenButton limits={value} onMade={refresh} />}
          </PageHeading>
          {error && (
            <LoadError
              title="Your access tokens could not be read"
              error={error}
              onRetry={refresh}
              isStale={value !== undefined}
            />
          )}
          {!value && !error && (
            <div role="status" aria-label="Reading your access tokens">
              <Skeleton height={160} />
            </div>
          )}
          {value &&
            (value.items.length > 0 ? (
              <TokensTable tokens={value.items} onRevoked={refresh} />
            ) : (
              <Text color="secondary">You have no access tokens.</Text>
            ))}
        </Flex>
      </Container>
    </BreadcrumbEntry>
  );
};
