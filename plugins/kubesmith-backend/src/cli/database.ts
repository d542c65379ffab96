import { DatabaseManager } from '@backstage/backend-defaults/database';
import type {
  DatabaseService,
  LifecycleService,
  LoggerService,
} from '@backstage/backend-plugin-api';
import type { Config } from '@backstage/config';

/** A command prints its own findings; what Backstage logs beside them would only be in the way. */
const silent: LoggerService = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silent,
};

/**
 * The database of the plugin `kubesmith` as `backend.database` describes it, outside of a backend.
 *
 * @returns the service, and what closes its connections
 */
export function pluginDatabase(config: Config): {
  database: DatabaseService;
  close(): Promise<void>;
} {
  const hooks: Array<() => void | Promise<void>> = [];
  const lifecycle: LifecycleService = {
    addStartupHook() {},
    addShutdownHook: hook => void hooks.push(hook),
  };
  const manager = DatabaseManager.fromConfig(config, {
    rootLifecycle: { ...lifecycle, addBeforeShutdownHook() {} },
    rootLogger: silent,
  });
  return {
    database: manager.forPlugin('kubesmith', { lifecycle, logger: silent }),
    async close() {
      for (const hook of hooks) await hook();
    },
  };
}
