import {
  type AuthService,
  coreServices,
  createServiceFactory,
} from '@backstage/backend-plugin-api';
import { mockCredentials, mockServices } from '@backstage/backend-test-utils';

/**
 * Takes everybody at their word, as the mock of Backstage's tests does; and as the real service, and other than that mock, a
 * plugin's token for a person says which plugin it is that asks. Without that the permission framework gives no conditions.
 */
export const authThatKeepsActors = createServiceFactory({
  service: coreServices.auth,
  deps: { plugin: coreServices.pluginMetadata },
  factory({ plugin }) {
    const pluginId = plugin.getId();
    const mock = mockServices.auth({
      pluginId,
      disableDefaultAuthPolicy: false,
    });
    return Object.assign(Object.create(mock) as AuthService, {
      async getPluginRequestToken(
        options: Parameters<AuthService['getPluginRequestToken']>[0],
      ) {
        const principal = options.onBehalfOf.principal as {
          type: string;
          userEntityRef: string;
        };
        return principal.type === 'user'
          ? {
              token: mockCredentials.user.token(principal.userEntityRef, {
                actor: { subject: `plugin:${pluginId}` },
              }),
            }
          : mock.getPluginRequestToken(options);
      },
    });
  },
});
