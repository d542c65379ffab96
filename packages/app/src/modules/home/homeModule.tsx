import {
  createFrontendModule,
  PageBlueprint,
} from '@backstage/frontend-plugin-api';
import { Navigate } from 'react-router-dom';

/** The portal opens on the clusters, which is what people come here for. */
const homePage = PageBlueprint.make({
  name: 'home',
  params: {
    path: '/',
    noHeader: true,
    loader: async () => <Navigate to="/kubesmith" replace />,
  },
});

/** What `/` shows. */
export const homeModule = createFrontendModule({
  pluginId: 'app',
  extensions: [homePage],
});
