import {
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import { openDatabase } from './database/openDatabase';

/** The backend of Kubesmith. @public */
export const kubesmithPlugin = createBackendPlugin({
  pluginId: 'kubesmith',
  register(env) {
    env.registerInit({
      deps: { database: coreServices.database },
      async init({ database }) {
        await openDatabase(database);
      },
    });
  },
});
