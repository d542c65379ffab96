import {
  coreServices,
  createBackendModule,
  readSchedulerServiceTaskScheduleDefinitionFromConfig,
} from '@backstage/backend-plugin-api';
import { catalogProcessingExtensionPoint } from '@backstage/plugin-catalog-node';
import { eventsServiceRef } from '@backstage/plugin-events-node';
import { kubesmithServiceRef } from '@kubesmith/plugin-kubesmith-node';
import { ClusterEntityProvider } from './provider/ClusterEntityProvider';

const SCHEDULE = 'catalog.providers.kubesmith.schedule';

/** Brings clusters and environments into the catalog. @public */
export const catalogModuleKubesmith = createBackendModule({
  pluginId: 'catalog',
  moduleId: 'kubesmith',
  register(env) {
    env.registerInit({
      deps: {
        auth: coreServices.auth,
        config: coreServices.rootConfig,
        events: eventsServiceRef,
        kubesmith: kubesmithServiceRef,
        logger: coreServices.logger,
        processing: catalogProcessingExtensionPoint,
        scheduler: coreServices.scheduler,
      },
      async init({ config, processing, scheduler, ...deps }) {
        const schedule = config.has(SCHEDULE)
          ? readSchedulerServiceTaskScheduleDefinitionFromConfig(
              config.getConfig(SCHEDULE),
            )
          : { frequency: { minutes: 3 }, timeout: { minutes: 2 } };
        processing.addEntityProvider(
          new ClusterEntityProvider({
            ...deps,
            taskRunner: scheduler.createScheduledTaskRunner(schedule),
          }),
        );
      },
    });
  },
});
