import { createApp } from '@backstage/frontend-defaults';
import catalogPlugin from '@backstage/plugin-catalog/alpha';
import { homeModule } from './modules/home';
import { navModule } from './modules/nav';
import { signInModule } from './modules/signIn';

// All other plugins are discovered: `app.packages: all` takes every dependency
// of this package that is a frontend plugin or module.
export default createApp({
  features: [catalogPlugin, homeModule, navModule, signInModule],
});
