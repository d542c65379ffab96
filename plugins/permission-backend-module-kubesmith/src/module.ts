import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import type { PermissionPolicy } from '@backstage/plugin-permission-node';
import { policyExtensionPoint } from '@backstage/plugin-permission-node/alpha';
import { otherPermissionsExtensionPoint } from '@kubesmith/plugin-kubesmith-node';
import { KubesmithPolicy } from './policy/KubesmithPolicy';
import { readPolicySettings } from './policy/readPolicySettings';
import { DatabasePolicies } from './sources/DatabasePolicies';
import { FilePolicies } from './sources/FilePolicies';
import { PolicyVersionStore } from './sources/PolicyVersionStore';

/** Makes Kubesmith's policy the one that the portal decides by. @public */
export const permissionModuleKubesmith = createBackendModule({
  pluginId: 'permission',
  moduleId: 'kubesmith',
  register(env) {
    let delegate: PermissionPolicy | undefined;
    env.registerExtensionPoint(otherPermissionsExtensionPoint, {
      setPolicy(policy) {
        if (delegate) {
          throw new Error(
            'Another module already decides about what is not Kubesmith’s',
          );
        }
        delegate = policy;
      },
    });
    env.registerInit({
      deps: {
        auditor: coreServices.auditor,
        config: coreServices.rootConfig,
        database: coreServices.database,
        lifecycle: coreServices.lifecycle,
        logger: coreServices.logger,
        policy: policyExtensionPoint,
        userInfo: coreServices.userInfo,
      },
      async init({
        auditor,
        config,
        database,
        lifecycle,
        logger,
        policy,
        userInfo,
      }) {
        const { administrators, files, otherwise } = readPolicySettings(config);
        const openFiles = async () => {
          const source = await FilePolicies.start({
            files,
            administrators,
            auditor,
            logger,
          });
          lifecycle.addShutdownHook(() => source.stop());
          return source;
        };
        const source =
          files.length > 0
            ? await openFiles()
            : new DatabasePolicies({
                store: await PolicyVersionStore.open(database),
                administrators,
                logger,
              });
        const fallback = {
          result:
            otherwise === 'allow'
              ? AuthorizeResult.ALLOW
              : AuthorizeResult.DENY,
        } as const;
        policy.setPolicy(
          new KubesmithPolicy({
            source,
            userInfo,
            others: async (query, user) =>
              delegate ? delegate.handle(query, user) : fallback,
          }),
        );
      },
    });
  },
});
