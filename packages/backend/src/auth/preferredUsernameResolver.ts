import type { OidcAuthResult } from '@backstage/plugin-auth-backend-module-oidc-provider';
import {
  createSignInResolverFactory,
  type OAuthAuthenticatorResult,
  type SignInInfo,
} from '@backstage/plugin-auth-node';

/**
 * Signs in the catalog's user whose name is the `preferred_username` that the provider vouches for: for organisations
 * whose provider sends no verified e-mail address.
 */
export const preferredUsernameMatchingUserEntityName =
  createSignInResolverFactory({
    create:
      () =>
      async (
        info: SignInInfo<OAuthAuthenticatorResult<OidcAuthResult>>,
        context,
      ) => {
        const name = info.result.fullProfile.userinfo.preferred_username;
        if (!name) {
          throw new Error(
            'Sign-in failed: the identity provider sent no preferred_username',
          );
        }
        return context.signInWithCatalogUser({ entityRef: { name } });
      },
  });
