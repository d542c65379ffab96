import {
  BreadcrumbEntry,
  identityApiRef,
  useApi,
} from '@backstage/frontend-plugin-api';
import { Alert, Container, Flex, Skeleton, Text } from '@backstage/ui';
import type {
  CurrentPolicies,
  Environment,
} from '@kubesmith/plugin-kubesmith-common';
import { useCallback } from 'react';
import { useLocation } from 'react-router-dom';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { isOtherEngine, PoliciesApiError } from '../../api/PoliciesApiError';
import { policiesApiRef } from '../../api/policiesApi';
import { usePolled } from '../../hooks/usePolled';
import { LoadError } from '../LoadError';
import { AskView } from './AskView';
import { PoliciesView } from './PoliciesView';
import { usePolicyNames } from './usePolicyNames';

/** How often somebody else's changes are looked for, in milliseconds. */
const POLL_MS = 15_000;

type Loaded = {
  /** Missing for people who do not manage policies. */
  current?: CurrentPolicies;
  environments: Environment[];
  me: string;
};

const NO_ROLES: never[] = [];

const MyAccess = ({ environments }: { environments: Environment[] }) => {
  const names = usePolicyNames(NO_ROLES, environments);
  const open = environments.filter(({ canOrder }) => canOrder);
  return (
    <Flex direction="column" gap="4">
      <Text as="h2" variant="title-small">
        My access
      </Text>
      <Text as="p">
        {open.length > 0
          ? `You may order clusters in ${open
              .map(({ title }) => title)
              .join(', ')}.`
          : 'You may not order clusters in any environment.'}
      </Text>
      <AskView isAboutMe names={names} />
    </Flex>
  );
};

/** Who may do what: to change for those who manage policies, about oneself for everybody else. */
export const AccessPage = () => {
  const { pathname } = useLocation();
  const policiesApi = useApi(policiesApiRef);
  const kubesmithApi = useApi(kubesmithApiRef);
  const identityApi = useApi(identityApiRef);

  const load = useCallback(async (): Promise<Loaded> => {
    const [current, environments, identity] = await Promise.all([
      policiesApi.current().catch(error => {
        if (error instanceof PoliciesApiError && error.status === 403) {
          return undefined;
        }
        throw error;
      }),
      kubesmithApi.listEnvironments(),
      identityApi.getBackstageIdentity(),
    ]);
    return { current, environments, me: identity.userEntityRef };
  }, [policiesApi, kubesmithApi, identityApi]);
  const { value, error, refresh } = usePolled(load, () => POLL_MS);

  return (
    <BreadcrumbEntry entry={{ label: 'Access', href: pathname }}>
      <Container py="4">
        <Flex direction="column" gap="4">
          {error &&
            (isOtherEngine(error) ? (
              <Alert
                role="status"
                status="info"
                icon
                title="Not available with this policy engine"
                description="Another module decides in this portal who may do what: look and change there. This page needs Kubesmith’s own policy module."
              />
            ) : (
              <LoadError
                title="Access could not be read"
                error={error}
                onRetry={refresh}
                isStale={value !== undefined}
              />
            ))}
          {!value && !error && (
            <div role="status" aria-label="Reading access">
              <Skeleton height={240} />
            </div>
          )}
          {value?.current && (
            <PoliciesView
              current={value.current}
              environments={value.environments}
              me={value.me}
              refresh={refresh}
            />
          )}
          {value && !value.current && (
            <MyAccess environments={value.environments} />
          )}
        </Flex>
      </Container>
    </BreadcrumbEntry>
  );
};
