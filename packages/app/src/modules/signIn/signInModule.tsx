import { SignInPage } from '@backstage/core-components';
import {
  configApiRef,
  createFrontendModule,
  useApi,
} from '@backstage/frontend-plugin-api';
import { SignInPageBlueprint } from '@backstage/plugin-app-react';
import { accountTitle, oidcAuthApi, oidcAuthApiRef } from './oidcAuthApi';

/** One `provider`, not a list: the page then signs in by itself while the session's cookie lives. */
const signInPage = SignInPageBlueprint.make({
  params: {
    loader: async () =>
      function KubesmithSignInPage(props) {
        const config = useApi(configApiRef);
        return (
          <SignInPage
            {...props}
            provider={{
              id: 'oidc',
              title: accountTitle(config),
              message:
                config.getOptionalString('app.signIn.message') ??
                'Sign in to create and manage your clusters.',
              apiRef: oidcAuthApiRef,
            }}
          />
        );
      },
  },
});

/** How people sign in: with the organisation's account only. */
export const signInModule = createFrontendModule({
  pluginId: 'app',
  extensions: [oidcAuthApi, signInPage],
});
