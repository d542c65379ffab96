import { ConfigReader } from '@backstage/config';
import { requireHttpsInProduction } from './requireHttpsInProduction';

const withMetadataUrl = (metadataUrl: string) =>
  new ConfigReader({
    auth: { providers: { oidc: { main: { metadataUrl } } } },
  });

describe('requireHttpsInProduction', () => {
  it('should refuse plain http and name the key', () => {
    expect(() =>
      requireHttpsInProduction(
        withMetadataUrl(
          'http://localhost:7008/.well-known/openid-configuration',
        ),
        'production',
      ),
    ).toThrow(
      /^auth\.providers\.oidc\.main\.metadataUrl must begin with https:/,
    );
  });

  it('should refuse what is not a URL', () => {
    expect(() =>
      requireHttpsInProduction(withMetadataUrl('id.example'), 'production'),
    ).toThrow(/must be a URL/);
  });

  it.each([
    ['https in production', 'https://id.example/oidc', 'production'],
    ['http outside production', 'http://localhost:7008', 'development'],
    ['http with no NODE_ENV', 'http://localhost:7008', undefined],
  ])('should accept %s', (_name, metadataUrl, nodeEnv) => {
    expect(() =>
      requireHttpsInProduction(withMetadataUrl(metadataUrl), nodeEnv),
    ).not.toThrow();
  });

  it('should accept a portal without OpenID Connect', () => {
    expect(() =>
      requireHttpsInProduction(new ConfigReader({}), 'production'),
    ).not.toThrow();
  });
});
