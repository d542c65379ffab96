import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import {
  oidcAuthenticator,
  oidcSignInResolvers,
} from '@backstage/plugin-auth-backend-module-oidc-provider';
import {
  authProvidersExtensionPoint,
  createOAuthProviderFactory,
} from '@backstage/plugin-auth-node';
import { preferredUsernameMatchingUserEntityName } from './preferredUsernameResolver';
import { requireHttpsInProduction } from './requireHttpsInProduction';

/** Sign-in by OpenID Connect: Backstage's authenticator, one more resolver, and no plain http in production. */
export default createBackendModule({
  pluginId: 'auth',
  moduleId: 'oidc-provider',
  register(env) {
    env.registerInit({
      deps: {
        config: coreServices.rootConfig,
        providers: authProvidersExtensionPoint,
      },
      async init({ config, providers }) {
        requireHttpsInProduction(config, process.env.NODE_ENV);
        providers.registerProvider({
          providerId: 'oidc',
          factory: createOAuthProviderFactory({
            authenticator: oidcAuthenticator,
            signInResolverFactories: {
              ...oidcSignInResolvers,
              preferredUsernameMatchingUserEntityName,
            },
          }),
        });
      },
    });
  },
});
