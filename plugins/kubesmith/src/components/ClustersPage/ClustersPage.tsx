import { useApi } from '@backstage/frontend-plugin-api';
import { Container, Flex, SearchField, Select, Skeleton } from '@backstage/ui';
import { useCallback, useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import {
  fitsFilter,
  isBusy,
  isStateFilter,
  stateFilters,
  type StateFilter,
} from '../../format/phase';
import { useClusterSignal } from '../../hooks/useClusterSignal';
import { usePolled } from '../../hooks/usePolled';
import { LoadError } from '../LoadError';
import { ClustersTable } from './ClustersTable';
import { NewClusterButton } from './NewClusterButton';
import styles from './ClustersPage.module.css';
import { NoClusters } from './NoClusters';

/** The API gives at most this many clusters at once. */
const LIMIT = 500;

const filterOptions = Object.entries(stateFilters).map(([id, { label }]) => ({
  id,
  label,
}));

/** All clusters that the signed-in user may see, always up to date. */
export const ClustersPage = () => {
  const kubesmithApi = useApi(kubesmithApiRef);
  const [params, setParams] = useSearchParams();
  const [search, setSearch] = useState('');
  const wanted = params.get('state');
  const state: StateFilter = isStateFilter(wanted) ? wanted : 'all';
  // Deleted clusters are history: they are read only when somebody asks.
  const includeDeleted = state === 'deleted';

  const load = useCallback(
    () =>
      kubesmithApi.listClusters(
        includeDeleted
          ? { includeDeleted, phase: 'deleted', limit: LIMIT }
          : { limit: LIMIT },
      ),
    [kubesmithApi, includeDeleted],
  );
  const { value, error, refresh } = usePolled(load, latest =>
    latest?.items.some(isBusy) ? 3_000 : 15_000,
  );
  useClusterSignal(refresh);

  if (error && !value) {
    return (
      <Container py="4">
        <LoadError
          title="The clusters could not be read"
          error={error}
          onRetry={refresh}
        />
      </Container>
    );
  }

  const clusters = value?.items.filter(cluster =>
    fitsFilter(cluster, state, Date.now()),
  );
  const hasNone = value?.items.length === 0 && state === 'all';

  return (
    <Container py="4">
      <Flex direction="column" gap="4">
        <Flex align="end" justify="between" gap="3">
          <Flex align="end" gap="3">
            <SearchField
              className={styles.search}
              aria-label="Search clusters"
              placeholder="Name, owner or environment"
              size="medium"
              value={search}
              onChange={setSearch}
            />
            <Select
              aria-label="Filter by state"
              size="medium"
              options={filterOptions}
              value={state}
              onChange={key =>
                setParams(key === 'all' ? {} : { state: String(key) }, {
                  replace: true,
                })
              }
            />
          </Flex>
          {!hasNone && <NewClusterButton />}
        </Flex>
        {error && (
          <LoadError
            title="The list could not be renewed"
            error={error}
            onRetry={refresh}
            isStale
          />
        )}
        {clusters === undefined && (
          <div role="status" aria-label="Reading the clusters">
            <Skeleton height={240} />
          </div>
        )}
        {hasNone && <NoClusters />}
        {clusters !== undefined && !hasNone && (
          <ClustersTable
            clusters={clusters}
            search={search}
            hidden={value ? value.total - value.items.length : 0}
          />
        )}
      </Flex>
    </Container>
  );
};
