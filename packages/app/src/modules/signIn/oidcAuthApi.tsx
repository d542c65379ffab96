import { OAuth2 } from '@backstage/core-app-api';
import {
  ApiBlueprint,
  BackstageIdentityApi,
  ConfigApi,
  configApiRef,
  createApiRef,
  discoveryApiRef,
  oauthRequestApiRef,
  OpenIdConnectApi,
  ProfileInfoApi,
  SessionApi,
} from '@backstage/frontend-plugin-api';
import { RiLockUnlockLine } from '@remixicon/react';

/** What the sign-in page and the popup call the organisation's account: `app.signIn.title`. */
export function accountTitle(config: ConfigApi): string {
  return config.getOptionalString('app.signIn.title') ?? 'University account';
}

/** The organisation's OpenID Connect provider, as a way to sign in. */
export const oidcAuthApiRef = createApiRef<
  OpenIdConnectApi & ProfileInfoApi & BackstageIdentityApi & SessionApi
>().with({ id: 'auth.oidc', pluginId: 'app' });

/** Talks to the backend's `oidc` provider, of the environment that `auth.environment` names. */
export const oidcAuthApi = ApiBlueprint.make({
  name: 'oidc-auth',
  params: define =>
    define({
      api: oidcAuthApiRef,
      deps: {
        configApi: configApiRef,
        discoveryApi: discoveryApiRef,
        oauthRequestApi: oauthRequestApiRef,
      },
      factory: deps =>
        OAuth2.create({
          ...deps,
          environment: deps.configApi.getOptionalString('auth.environment'),
          provider: {
            id: 'oidc',
            title: accountTitle(deps.configApi),
            icon: () => <RiLockUnlockLine />,
          },
          defaultScopes: ['openid', 'profile', 'email'],
          popupOptions: { size: { width: 480, height: 640 } },
        }),
    }),
});
