/* eslint-disable @backstage/no-relative-monorepo-imports -- what is measured here is made of the backend's own parts, which no package exports */
import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import Router from 'express-promise-router';
import {
  listedVerbs,
  presentCluster,
} from '../../plugins/kubesmith-backend/src/api/present';
import { ClusterAccess } from '../../plugins/kubesmith-backend/src/permissions/ClusterAccess';
import type { OutsideWorldOptions } from '../../plugins/kubesmith-backend/src/outsideWorld';
import { CLUSTERS, PAGE } from './people';

/** The route of {@link loadAllThenFilter}, below `/api/kubesmith`. */
export const LOAD_ALL_PATH = '/bench/load-all-then-filter';

/**
 * The list of clusters as one would write it without conditions in SQL, to compare with: reads all of them, asks the same
 * decision about each, cuts out the first page and presents it. The product has no such route.
 *
 * @param stores - the plugin's, once it runs
 */
export const loadAllThenFilter = (
  stores: () => Pick<OutsideWorldOptions, 'clusters' | 'operations'>,
) =>
  createBackendModule({
    pluginId: 'kubesmith',
    moduleId: 'bench-load-all-then-filter',
    register(env) {
      env.registerInit({
        deps: {
          httpAuth: coreServices.httpAuth,
          httpRouter: coreServices.httpRouter,
          permissions: coreServices.permissions,
          permissionsRegistry: coreServices.permissionsRegistry,
        },
        async init({ httpAuth, httpRouter, ...deps }) {
          let made: ClusterAccess | undefined;
          // Not before a request: the plugin registers its rules after its modules began.
          const access = () => {
            made ??= new ClusterAccess({
              ...deps,
              people: {
                of: async () => {
                  throw new Error('Nobody is asked for who is not there');
                },
              },
            });
            return made;
          };
          const router = Router();
          router.get(LOAD_ALL_PATH, async (request, response) => {
            const { clusters, operations } = stores();
            const allowed = await access().of(
              await httpAuth.credentials(request, { allow: ['user'] }),
              listedVerbs,
            );
            const all = await clusters.list({ limit: CLUSTERS, offset: 0 });
            const seen = all.items.filter(each => allowed.may('read', each));
            const page = seen.slice(0, PAGE);
            const ids = page.map(({ id }) => id);
            const [nodes, latest] = await Promise.all([
              clusters.nodesOf(ids),
              operations.latest(ids),
            ]);
            response.json({
              items: page.map(record =>
                presentCluster(record, {
                  nodes: nodes.get(record.id) ?? [],
                  operation: latest.get(record.id),
                  may: verb => allowed.may(verb, record),
                  inList: true,
                }),
              ),
              total: seen.length,
            });
          });
          httpRouter.use(router);
        },
      });
    },
  });
