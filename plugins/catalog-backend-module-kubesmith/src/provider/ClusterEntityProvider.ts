import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AuthService,
  LoggerService,
  SchedulerServiceTaskRunner,
} from '@backstage/backend-plugin-api';
import type {
  DeferredEntity,
  EntityProvider,
  EntityProviderConnection,
} from '@backstage/plugin-catalog-node';
import type { EventsService } from '@backstage/plugin-events-node';
import {
  CLUSTERS_TOPIC,
  type Cluster,
  ENVIRONMENTS_TOPIC,
  ENVIRONMENT_NAME_PATTERN,
  type Environment,
  clusterEntityRef,
  environmentEntityRef,
  isKubesmithApiError,
} from '@kubesmith/plugin-kubesmith-common';
import {
  listAllClusters,
  type KubesmithService,
} from '@kubesmith/plugin-kubesmith-node';
import { toClusterEntity, toEnvironmentEntity } from './toEntities';

/** Keys what the catalog remembers of us; never change it. */
const NAME = 'kubesmith';
/** The most that the API gives at once. */
const PAGE = 500;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What the provider works with. */
export type ClusterEntityProviderOptions = {
  auth: AuthService;
  events: EventsService;
  kubesmith: KubesmithService;
  logger: LoggerService;
  /** When everything is read again. */
  taskRunner: SchedulerServiceTaskRunner;
  /** How often, and after how many milliseconds, a read that failed is tried again before the next turn. */
  retry?: { times: number; delayMs: number };
};

/**
 * Brings clusters and environments into the catalog: all of them at the start and every few minutes, and each cluster whose
 * record changed right away.
 */
export class ClusterEntityProvider implements EntityProvider {
  readonly #options: ClusterEntityProviderOptions;
  /** Who runs which environment, by its name. */
  #environmentOwners: ReadonlyMap<string, string> = new Map();
  /** One change at a time: else a full read that began before a change could undo it. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: ClusterEntityProviderOptions) {
    this.#options = options;
  }

  getProviderName(): string {
    return NAME;
  }

  async connect(connection: EntityProviderConnection): Promise<void> {
    const { events, logger, taskRunner } = this.#options;
    await events.subscribe({
      id: 'catalog-kubesmith',
      topics: [CLUSTERS_TOPIC, ENVIRONMENTS_TOPIC],
      onEvent: async ({ topic, eventPayload }) => {
        // Any plugin may publish to the topics.
        const { clusterId, environment, formerEnvironment } = (eventPayload ??
          {}) as Record<string, unknown>;
        if (topic === ENVIRONMENTS_TOPIC) {
          if (!isEnvironmentName(environment)) {
            logger.warn('Ignored an event that names no environment');
            return;
          }
          await this.#inTurn(() =>
            this.#updateEnvironment(connection, environment),
          );
          return;
        }
        if (typeof clusterId !== 'string' || !UUID.test(clusterId)) {
          logger.warn('Ignored an event about clusters that names no cluster');
          return;
        }
        await this.#inTurn(() => this.#update(connection, clusterId));
        if (isEnvironmentName(formerEnvironment))
          await this.#inTurn(() =>
            this.#forget(connection, clusterId, formerEnvironment),
          );
      },
    });
    await taskRunner.run({
      id: 'kubesmith-refresh',
      fn: abortSignal => this.#refreshWithRetries(connection, abortSignal),
    });
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(task);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** At the portal's start our backend may need longer than the catalog. */
  async #refreshWithRetries(
    connection: EntityProviderConnection,
    abortSignal?: AbortSignal,
  ): Promise<void> {
    const { retry = { times: 20, delayMs: 2000 } } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#inTurn(() => this.#refresh(connection));
        return;
      } catch (error) {
        if (attempt >= retry.times || abortSignal?.aborted) {
          throw error;
        }
        await sleep(retry.delayMs, undefined, {
          signal: abortSignal,
          ref: false,
        });
      }
    }
  }

  async #refresh(connection: EntityProviderConnection): Promise<void> {
    const { auth, kubesmith, logger } = this.#options;
    const credentials = await auth.getOwnServiceCredentials();
    const environments = await this.#readEnvironments();
    const clusters = await listAllClusters(kubesmith, { credentials });
    await connection.applyMutation({
      type: 'full',
      entities: [
        ...environments.map(item => defer(toEnvironmentEntity(item))),
        ...clusters.map(item => this.#toDeferred(item)),
      ],
    });
    logger.debug('Read all clusters', { clusters: clusters.length });
  }

  async #update(
    connection: EntityProviderConnection,
    clusterId: string,
  ): Promise<void> {
    const cluster = await this.#find(clusterId);
    if (!cluster) {
      return;
    }
    const shown =
      cluster.phase === 'deleted' ? await this.#successorOf(cluster) : cluster;
    // Another replica may have heard that somebody else runs it now.
    if (shown) await this.#readEnvironments();
    await connection.applyMutation({
      type: 'delta',
      added: shown ? [this.#toDeferred(shown)] : [],
      removed: shown
        ? []
        : [{ entityRef: cluster.entityRef, locationKey: NAME }],
    });
  }

  /** An environment, and its clusters: policies match who runs it. */
  async #updateEnvironment(
    connection: EntityProviderConnection,
    name: string,
  ): Promise<void> {
    const { auth, kubesmith } = this.#options;
    const environment = (await this.#readEnvironments()).find(
      item => item.name === name,
    );
    const clusters = environment
      ? await listAllClusters(
          kubesmith,
          { credentials: await auth.getOwnServiceCredentials() },
          { environment: name },
        )
      : [];
    await connection.applyMutation({
      type: 'delta',
      added: [
        ...(environment ? [defer(toEnvironmentEntity(environment))] : []),
        ...clusters.map(item => this.#toDeferred(item)),
      ],
      removed: environment
        ? []
        : [{ entityRef: environmentEntityRef(name), locationKey: NAME }],
    });
  }

  /** Takes a cluster out of the environment that it left, unless another one has that name there now. */
  async #forget(
    connection: EntityProviderConnection,
    clusterId: string,
    environment: string,
  ): Promise<void> {
    const cluster = await this.#find(clusterId);
    if (!cluster || cluster.environment === environment) return;
    const left = {
      ...cluster,
      environment,
      entityRef: clusterEntityRef({ name: cluster.name, environment }),
    };
    const successor = await this.#successorOf(left);
    await connection.applyMutation({
      type: 'delta',
      added: successor ? [this.#toDeferred(successor)] : [],
      removed: successor
        ? []
        : [{ entityRef: left.entityRef, locationKey: NAME }],
    });
  }

  /** All environments; who runs each is remembered. */
  async #readEnvironments(): Promise<Environment[]> {
    const { auth, kubesmith } = this.#options;
    const { items } = await kubesmith.listEnvironments(
      {},
      { credentials: await auth.getOwnServiceCredentials() },
    );
    this.#environmentOwners = new Map(
      items.map(({ name, owner }) => [name, owner]),
    );
    return items;
  }

  #toDeferred(cluster: Cluster): DeferredEntity {
    return defer(
      toClusterEntity(
        cluster,
        this.#environmentOwners.get(cluster.environment),
      ),
    );
  }

  async #find(clusterId: string): Promise<Cluster | undefined> {
    const { auth, kubesmith } = this.#options;
    const credentials = await auth.getOwnServiceCredentials();
    try {
      return await kubesmith.getCluster({ clusterId }, { credentials });
    } catch (error) {
      if (isKubesmithApiError(error) && error.status === 404) {
        return undefined;
      }
      throw error;
    }
  }

  /** A live cluster that has taken the name of a deleted one, and with it the entity. */
  async #successorOf(deleted: Cluster): Promise<Cluster | undefined> {
    const { auth, kubesmith } = this.#options;
    const { items } = await kubesmith.listClusters(
      { environment: deleted.environment, search: deleted.name, limit: PAGE },
      { credentials: await auth.getOwnServiceCredentials() },
    );
    return items.find(({ entityRef }) => entityRef === deleted.entityRef);
  }
}

function isEnvironmentName(value: unknown): value is string {
  return typeof value === 'string' && ENVIRONMENT_NAME_PATTERN.test(value);
}

function defer(entity: DeferredEntity['entity']): DeferredEntity {
  return { entity, locationKey: NAME };
}
