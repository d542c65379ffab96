import { PageBlueprint } from '@backstage/frontend-plugin-api';
import { rootRouteRef } from './routes';

/** `/kubesmith` and all below it. */
export const clustersPage = PageBlueprint.make({
  params: {
    path: '/kubesmith',
    title: 'Clusters',
    routeRef: rootRouteRef,
    loader: () => import('./components/Router').then(m => <m.Router />),
  },
});
