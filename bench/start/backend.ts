/**
 * A portal's backend as packages/backend has it, but for sign-in and frontend, on a configuration file; with Kubesmith's plugins, or
 * without them. Ends with SIGTERM.
 */
import { createBackend } from '@backstage/backend-defaults';
import { createBackendModule } from '@backstage/backend-plugin-api';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { policyExtensionPoint } from '@backstage/plugin-permission-node/alpha';

/** In place of our policies: a backend that decides nothing would not start. */
const allowAll = createBackendModule({
  pluginId: 'permission',
  moduleId: 'bench-allow-all',
  register(env) {
    env.registerInit({
      deps: { policy: policyExtensionPoint },
      async init({ policy }) {
        policy.setPolicy({
          handle: async () => ({ result: AuthorizeResult.ALLOW }),
        });
      },
    });
  },
});

const backend = createBackend();
backend.add(import('@backstage/plugin-events-backend'));
backend.add(import('@backstage/plugin-notifications-backend'));
backend.add(import('@backstage/plugin-signals-backend'));
backend.add(import('@backstage/plugin-user-settings-backend'));
backend.add(import('@backstage/plugin-auth-backend'));
backend.add(import('@backstage/plugin-permission-backend'));
backend.add(import('@backstage/plugin-catalog-backend'));
backend.add(import('@backstage/plugin-catalog-backend-module-logs'));
backend.add(
  import('@backstage/plugin-catalog-backend-module-scaffolder-entity-model'),
);
backend.add(import('@backstage/plugin-search-backend'));
backend.add(import('@backstage/plugin-search-backend-module-catalog'));
backend.add(import('@backstage/plugin-scaffolder-backend'));
backend.add(
  import('@backstage/plugin-scaffolder-backend-module-notifications'),
);

if (process.env.KUBESMITH_BENCH_WITH === '1') {
  backend.add(import('@kubesmith/plugin-permission-backend-module-kubesmith'));
  backend.add(import('@kubesmith/plugin-catalog-backend-module-kubesmith'));
  backend.add(import('@kubesmith/plugin-scaffolder-backend-module-kubesmith'));
  backend.add(import('@kubesmith/plugin-kubesmith-backend'));
} else {
  backend.add(allowAll);
}

backend.start();
