import type { LoggerService } from '@backstage/backend-plugin-api';
import type { EventsService } from '@backstage/plugin-events-node';
import type { Size } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import type { OperationStore } from '../engine/OperationStore';
import type { CatalogPeople } from '../people/CatalogPeople';
import type { PoolStore } from '../pools/PoolStore';
import type { Quotas } from '../quotas/Quotas';
import { ClusterMover } from './ClusterMover';
import { EnvironmentChanges } from './EnvironmentChanges';
import { EnvironmentEditor } from './EnvironmentEditor';
import type { Environments } from './Environments';
import type { InspectEnvironment } from './inspect';

/** What the handlers need to change environments. */
export function createEnvironmentParts(deps: {
  clusters: ClusterStore;
  environments: Environments;
  events: EventsService;
  inspectEnvironment: InspectEnvironment;
  knex: Knex;
  logger: LoggerService;
  operations: OperationStore;
  people: Pick<CatalogPeople, 'claimsOf'>;
  pools: PoolStore;
  quotas: Quotas;
  /** Those that the configuration describes. */
  sizes: Size[];
}) {
  const { store } = deps.environments;
  return {
    clusterMover: new ClusterMover({ ...deps, store }),
    environmentChanges: new EnvironmentChanges(deps),
    environmentEditor: new EnvironmentEditor({ ...deps, store }),
    environments: deps.environments,
    inspectEnvironment: deps.inspectEnvironment,
    sizes: deps.sizes,
  };
}
