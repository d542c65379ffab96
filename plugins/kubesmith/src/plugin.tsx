import { createFrontendPlugin } from '@backstage/frontend-plugin-api';
import { RiServerLine } from '@remixicon/react';
import { kubesmithApi, policiesApi } from './apis';
import { clusterCard, clusterContent } from './entityExtensions';
import { clustersPage } from './pages';
import {
  accessRouteRef,
  auditRouteRef,
  environmentRouteRef,
  findingsRouteRef,
  environmentsRouteRef,
  newEnvironmentRouteRef,
  clusterRouteRef,
  quotasRouteRef,
  requestsRouteRef,
  rootRouteRef,
  taskRouteRef,
  templateRouteRef,
  tokensRouteRef,
} from './routes';

/**
 * Clusters that people order by themselves: the pages.
 *
 * @public
 */
export const kubesmithPlugin = createFrontendPlugin({
  pluginId: 'kubesmith',
  title: 'Clusters',
  icon: <RiServerLine />,
  info: { packageJson: () => import('../package.json') },
  routes: {
    root: rootRouteRef,
    cluster: clusterRouteRef,
    access: accessRouteRef,
    audit: auditRouteRef,
    environment: environmentRouteRef,
    environments: environmentsRouteRef,
    findings: findingsRouteRef,
    newEnvironment: newEnvironmentRouteRef,
    tokens: tokensRouteRef,
    quotas: quotasRouteRef,
    requests: requestsRouteRef,
  },
  externalRoutes: { template: templateRouteRef, task: taskRouteRef },
  extensions: [
    kubesmithApi,
    policiesApi,
    clustersPage,
    clusterCard,
    clusterContent,
  ],
});
