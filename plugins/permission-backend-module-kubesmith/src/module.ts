import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { policyExtensionPoint } from '@backstage/plugin-permission-node/alpha';
import { KubesmithPolicy } from './policy/KubesmithPolicy';
import { readPolicySettings } from './policy/readPolicySettings';

/** Makes Kubesmith's policy the one that the portal decides by. @public */
export const permissionModuleKubesmith = createBackendModule({
  pluginId: 'permission',
  moduleId: 'kubesmith',
  register(env) {
    env.registerInit({
      deps: {
        config: coreServices.rootConfig,
        policy: policyExtensionPoint,
        userInfo: coreServices.userInfo,
      },
      async init({ config, policy, userInfo }) {
        policy.setPolicy(
          new KubesmithPolicy({
            settings: readPolicySettings(config),
            userInfo,
          }),
        );
      },
    });
  },
});
