/* eslint-disable @backstage/no-relative-monorepo-imports -- the provider itself, to look at what it writes */
import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import {
  catalogProcessingExtensionPoint,
  type EntityProviderConnection,
} from '@backstage/plugin-catalog-node';
import type { EventParams, EventsService } from '@backstage/plugin-events-node';
import { eventsServiceRef } from '@backstage/plugin-events-node';
import { CLUSTERS_TOPIC } from '@kubesmith/plugin-kubesmith-common';
import { kubesmithServiceRef } from '@kubesmith/plugin-kubesmith-node';
import { ClusterEntityProvider } from '../../plugins/catalog-backend-module-kubesmith/src/provider/ClusterEntityProvider';

/** What the catalog mirror did, as seen beside it. */
export class MirrorWatch {
  /** Spent in writing to the catalog since it was last set to 0, ms. */
  mutationMs = 0;
  #hear?: (event: EventParams) => Promise<void>;

  /** Has the provider hear that a cluster changed; done when it has written it. */
  async tell(clusterId: string): Promise<void> {
    await this.#hear!({ topic: CLUSTERS_TOPIC, eventPayload: { clusterId } });
  }

  /** The events service, with an ear on what the provider hears. */
  events(service: EventsService): EventsService {
    return {
      publish: event => service.publish(event),
      subscribe: async options => {
        this.#hear = options.onEvent;
        await service.subscribe(options);
      },
    };
  }

  connection(inner: EntityProviderConnection): EntityProviderConnection {
    return {
      refresh: options => inner.refresh(options),
      applyMutation: async mutation => {
        const begun = performance.now();
        await inner.applyMutation(mutation);
        this.mutationMs += performance.now() - begun;
      },
    };
  }
}

/** The product's provider, as its own module adds it, with a watch on it. */
export const timedCatalogModule = (watch: MirrorWatch) =>
  createBackendModule({
    pluginId: 'catalog',
    moduleId: 'kubesmith-timed',
    register(env) {
      env.registerInit({
        deps: {
          auth: coreServices.auth,
          events: eventsServiceRef,
          kubesmith: kubesmithServiceRef,
          logger: coreServices.logger,
          processing: catalogProcessingExtensionPoint,
          scheduler: coreServices.scheduler,
        },
        async init({ events, processing, scheduler, ...deps }) {
          const provider = new ClusterEntityProvider({
            ...deps,
            events: watch.events(events),
            taskRunner: scheduler.createScheduledTaskRunner({
              frequency: { minutes: 3 },
              timeout: { minutes: 2 },
            }),
          });
          processing.addEntityProvider({
            getProviderName: () => provider.getProviderName(),
            connect: connection =>
              provider.connect(watch.connection(connection)),
          });
        },
      });
    },
  });
