import { setTimeout as delay } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { EnvironmentConfig } from '../config/types';
import type { ClusterStore } from '../database/ClusterStore';
import type { Environments } from '../environments/Environments';
import { orderableEnvironments } from '../orders/caller';
import type { ClusterAccess } from '../permissions/ClusterAccess';
import type { PoolStore } from '../pools/PoolStore';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';
import { presentEnvironment } from './present';

const DATABASE_LIMIT_MS = 5000;

/** What the handlers work with. */
export type EnvironmentHandlerDeps = {
  access: ClusterAccess;
  clusters: ClusterStore;
  environments: Environments;
  engine: { healthy(): boolean };
  knex: Knex;
  pools: PoolStore;
  requester: Requester;
};

/** Environments, and how the backend is. */
export function createEnvironmentHandlers(
  deps: EnvironmentHandlerDeps,
): Pick<Handlers, 'listEnvironments' | 'getHealth'> {
  const { access, clusters, engine, environments, knex, pools, requester } =
    deps;
  return {
    async listEnvironments(_input, request) {
      const credentials = await requester.anyone(request);
      const current = await environments.current();
      const usages = await pools.usages();
      const present = (
        orderable: ReadonlyMap<string, EnvironmentConfig>,
        visible: Set<string>,
      ) =>
        current
          .filter(({ name }) => orderable.has(name) || visible.has(name))
          .map(environment =>
            // Who may order sees what there is to choose from.
            presentEnvironment(orderable.get(environment.name) ?? environment, {
              canOrder: orderable.has(environment.name),
              usage: usages.get(environment.pool.name)!,
            }),
          );
      if (requester.isService(credentials)) {
        // A machine's token may be restricted to other permissions.
        if (!(await access.of(credentials)).seesAny) {
          return { body: { items: [] } };
        }
        const all = new Set(current.map(({ name }) => name));
        return { body: { items: present(new Map(), all) } };
      }
      const { caller } = await requester.user(request);
      const allowed = await access.of(credentials);
      const orderable = orderableEnvironments(current, {
        ...caller,
        mayOrder: await access.ordersOf(credentials),
      });
      const visible = allowed.seesAny
        ? await clusters.environmentsWithVisible(allowed.visible)
        : new Set<string>();
      return {
        body: {
          items: present(
            new Map(orderable.map(item => [item.name, item])),
            visible,
          ),
        },
      };
    },

    async getHealth() {
      // A database that does not answer at all is as bad as one that refuses: whoever asks has little patience.
      const database = await Promise.race([
        knex.select(knex.raw('1')).then(
          () => 'ok' as const,
          () => 'failing' as const,
        ),
        delay(DATABASE_LIMIT_MS, 'failing' as const, { ref: false }),
      ]);
      const turning = engine.healthy() ? 'ok' : 'failing';
      const status = database === 'ok' && turning === 'ok' ? 'ok' : 'failing';
      return {
        status: status === 'ok' ? 200 : 503,
        body: { status, database, engine: turning },
      };
    },
  };
}
