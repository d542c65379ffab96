import {
  createBackendModule,
  coreServices,
} from '@backstage/backend-plugin-api';

/** Brings clusters and environments into the catalog. @public */
export const catalogModuleKubesmith = createBackendModule({
  pluginId: 'catalog',
  moduleId: 'kubesmith',
  register(env) {
    env.registerInit({
      deps: { logger: coreServices.logger },
      async init() {},
    });
  },
});
