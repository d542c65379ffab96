import { BreadcrumbEntry, useApi } from '@backstage/frontend-plugin-api';
import { Container, Flex, Skeleton, Text } from '@backstage/ui';
import { useCallback } from 'react';
import { useLocation } from 'react-router-dom';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { usePolled } from '../../hooks/usePolled';
import { LoadError } from '../LoadError';
import { ApprovalLimitsSection } from './ApprovalLimitsSection';
import { EditQuotaButton } from './QuotaButtons';
import { ManagedQuotas, MyQuotas } from './QuotaTables';

/** How much may be used, and is: by the person who looks, and in the environments that the person looks after. */
export const QuotasPage = () => {
  const { pathname } = useLocation();
  const kubesmithApi = useApi(kubesmithApiRef);
  const load = useCallback(async () => {
    const [mine, managed, approval] = await Promise.all([
      kubesmithApi.listMyQuotas(),
      kubesmithApi.listQuotas(),
      kubesmithApi.listApprovalLimits(),
    ]);
    return { mine, approval, ...managed };
  }, [kubesmithApi]);
  const { value, error, refresh } = usePolled(load, () => 30_000);

  return (
    <BreadcrumbEntry entry={{ label: 'Quotas', href: pathname }}>
      <Container py="4">
        <Flex direction="column" gap="5">
          {error && (
            <LoadError
              title="The quotas could not be read"
              error={error}
              onRetry={refresh}
              isStale={value !== undefined}
            />
          )}
          {!value && !error && (
            <div role="status" aria-label="Reading the quotas">
              <Skeleton height={240} />
            </div>
          )}
          {value && (
            <section aria-labelledby="my-quotas">
              <Text as="h2" variant="title-small" id="my-quotas">
                What applies to you
              </Text>
              {value.mine.length > 0 ? (
                <MyQuotas quotas={value.mine} />
              ) : (
                <Text color="secondary">
                  No quota limits what you may order.
                </Text>
              )}
            </section>
          )}
          {value && value.approval.environments.length > 0 && (
            <ApprovalLimitsSection
              environments={value.approval.environments}
              limits={value.approval.items}
              onChanged={refresh}
            />
          )}
          {value && value.environments.length > 0 && (
            <section aria-labelledby="managed-quotas">
              <Flex justify="between" align="end">
                <Text as="h2" variant="title-small" id="managed-quotas">
                  Quotas that you may change
                </Text>
                <EditQuotaButton
                  environments={value.environments}
                  onSaved={refresh}
                />
              </Flex>
              {value.items.length > 0 ? (
                <ManagedQuotas
                  environments={value.environments}
                  quotas={value.items}
                  onChanged={refresh}
                />
              ) : (
                <Text color="secondary">
                  There are none yet: what can be ordered is limited by the
                  environment alone.
                </Text>
              )}
            </section>
          )}
        </Flex>
      </Container>
    </BreadcrumbEntry>
  );
};
