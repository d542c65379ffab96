import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { scaffolderActionsExtensionPoint } from '@backstage/plugin-scaffolder-node';
import { kubesmithServiceRef } from '@kubesmith/plugin-kubesmith-node';
import { createKubesmithActions } from './actions';

/** Adds Kubesmith's actions to the scaffolder. @public */
export const scaffolderModuleKubesmith = createBackendModule({
  pluginId: 'scaffolder',
  moduleId: 'kubesmith',
  register(env) {
    env.registerInit({
      deps: {
        actions: scaffolderActionsExtensionPoint,
        auth: coreServices.auth,
        kubesmith: kubesmithServiceRef,
      },
      async init({ actions, auth, kubesmith }) {
        actions.addActions(...createKubesmithActions({ auth, kubesmith }));
      },
    });
  },
});
