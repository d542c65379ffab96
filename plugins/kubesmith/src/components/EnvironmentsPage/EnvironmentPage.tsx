import {
  BreadcrumbEntry,
  toastApiRef,
  useApi,
  useRouteRef,
} from '@backstage/frontend-plugin-api';
import { Container, Flex, Skeleton, Text } from '@backstage/ui';
import {
  type EnvironmentRecord,
  KubesmithApiError,
} from '@kubesmith/plugin-kubesmith-common';
import { useCallback, useEffect, useState } from 'react';
import { useLocation, useNavigate, useParams } from 'react-router-dom';
import {
  type EnvironmentRecords,
  kubesmithApiRef,
} from '../../api/kubesmithApi';
import { environmentsRouteRef } from '../../routes';
import { LoadError } from '../LoadError';
import { DeleteEnvironmentButton } from './DeleteEnvironmentButton';
import { EnvironmentForm } from './EnvironmentForm';
import { SourceNotice } from './SourceNotice';

/** Reads once: what somebody types is not to be overwritten by a later answer. */
function useRecords() {
  const kubesmithApi = useApi(kubesmithApiRef);
  const [state, setState] = useState<{
    value?: EnvironmentRecords;
    error?: Error;
  }>({});
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    let isStale = false;
    kubesmithApi.listEnvironmentRecords().then(
      value => isStale || setState({ value }),
      error => isStale || setState({ error }),
    );
    return () => {
      isStale = true;
    };
  }, [kubesmithApi, asked]);
  const reload = useCallback(() => setAsked(nth => nth + 1), []);
  return { ...state, reload, asked };
}

/** What the list of environments says by leaving something out. */
function whyNotShown(
  name: string | undefined,
  { record, mayCreate }: { record?: EnvironmentRecord; mayCreate: boolean },
): Error | undefined {
  if (name === undefined)
    return mayCreate
      ? undefined
      : new KubesmithApiError({
          status: 403,
          message: 'You may not make environments. Ask an administrator.',
        });
  return record
    ? undefined
    : new KubesmithApiError({
        status: 404,
        message: `There is no environment '${name}' that you may change.`,
      });
}

/** One environment, or the form for a new one, for those who may change it. */
export const EnvironmentPage = () => {
  const { name } = useParams();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const toastApi = useApi(toastApiRef);
  const list = useRouteRef(environmentsRouteRef)?.();
  const { value, error, reload, asked } = useRecords();
  const record = value?.items.find(item => item.name === name);

  const saved = (environment: EnvironmentRecord) => {
    toastApi.post({
      title: `The environment ${environment.name} is saved`,
      status: 'success',
      timeout: 5_000,
    });
    if (list) navigate(list);
  };
  const problem =
    error ??
    (value && whyNotShown(name, { record, mayCreate: value.can.create }));

  return (
    <BreadcrumbEntry
      entry={{
        label: record?.title ?? name ?? 'New environment',
        href: pathname,
      }}
    >
      <Container py="4">
        <Flex direction="column" gap="4">
          {problem && (
            <LoadError
              title="The environment cannot be shown"
              error={problem}
              onRetry={reload}
            />
          )}
          {!value && !error && (
            <div role="status" aria-label="Reading the environment">
              <Skeleton height={240} />
            </div>
          )}
          {value && !problem && (
            <>
              <Flex justify="between" align="center" gap="3">
                <Text as="h2" variant="title-medium">
                  {record?.title ?? 'New environment'}
                </Text>
                {record?.can.delete && list && (
                  <DeleteEnvironmentButton
                    record={record}
                    onDeleted={() => navigate(list)}
                  />
                )}
              </Flex>
              {record && <SourceNotice record={record} />}
              {record && record.sharesPoolWith.length > 0 && (
                <Text color="secondary">
                  Its address pool is shared with{' '}
                  {record.sharesPoolWith.join(', ')}: a change of addresses
                  changes these too.
                </Text>
              )}
              <EnvironmentForm
                key={`${name}/${record?.version}/${asked}`}
                record={record}
                sizes={value.sizes}
                cnis={value.cnis}
                onSaved={saved}
                onReload={record && reload}
              />
            </>
          )}
        </Flex>
      </Container>
    </BreadcrumbEntry>
  );
};
