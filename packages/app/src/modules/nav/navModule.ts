import { createFrontendModule } from '@backstage/frontend-plugin-api';
import { sidebar } from './Sidebar';

/** The portal's menu. */
export const navModule = createFrontendModule({
  pluginId: 'app',
  extensions: [sidebar],
});
