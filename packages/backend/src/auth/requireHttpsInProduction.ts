import type { Config } from '@backstage/config';

/**
 * Refuses an OpenID Connect provider that is reached over plain http in production: its answers, and so who somebody is,
 * could be forged on the way. The lab's provider, which asks for no password, is such a one.
 *
 * @param config - the root configuration
 * @param nodeEnv - value of NODE_ENV
 * @throws Error that names the configuration key
 */
export function requireHttpsInProduction(
  config: Config,
  nodeEnv: string | undefined,
): void {
  if (nodeEnv !== 'production') {
    return;
  }
  const providers = config.getOptionalConfig('auth.providers.oidc');
  for (const environment of providers?.keys() ?? []) {
    const key = `auth.providers.oidc.${environment}.metadataUrl`;
    const metadataUrl = config.getString(key);
    if (!URL.canParse(metadataUrl)) {
      throw new Error(`${key} must be a URL, got '${metadataUrl}'`);
    }
    if (new URL(metadataUrl).protocol !== 'https:') {
      throw new Error(
        `${key} must begin with https: in production, got '${metadataUrl}'. Give the address of your organisation's OpenID Connect provider.`,
      );
    }
  }
}
