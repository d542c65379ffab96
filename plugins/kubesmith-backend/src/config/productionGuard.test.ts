import { ConfigReader } from '@backstage/config';
import type { JsonObject } from '@backstage/types';
import { findProductionProblems, guardProduction } from './productionGuard';

const PRODUCTION = { NODE_ENV: 'production' };

function safe() {
  return {
    backend: { database: { client: 'pg', connection: { host: 'db' } } },
    permission: { enabled: true as boolean | undefined },
    auth: {
      environment: 'production',
      providers: {
        oidc: {
          production: {
            metadataUrl:
              'https://id.example.org/.well-known/openid-configuration',
            clientId: 'portal',
          },
        },
      } as JsonObject,
    },
  };
}

const problemsOf = (
  data: object,
  environment: Record<string, string> = PRODUCTION,
) => findProductionProblems(new ConfigReader(data as never), environment);

describe('a production portal', () => {
  it('starts with its own sign-in, permissions on and Postgres', () => {
    expect(problemsOf(safe())).toEqual([]);
    expect(() =>
      guardProduction(new ConfigReader(safe()), PRODUCTION),
    ).not.toThrow();
  });

  it.each([[undefined], [false]])('needs permission.enabled, not %s', value => {
    const config = safe();
    config.permission.enabled = value;
    expect(problemsOf(config)).toEqual([
      expect.stringMatching(/^permission\.enabled: .* set it to true$/),
    ]);
  });

  it('has no guests', () => {
    const config = safe();
    config.auth.providers.guest = {};
    expect(problemsOf(config)).toEqual([
      'auth.providers.guest: anybody could come in as a guest; remove it',
    ]);
  });

  it.each([
    'http://id.example.org/realms/x',
    'http://localhost:7008',
    'https://localhost:7008/x',
    'https://portal.localhost',
    'https://127.0.0.1:7008',
    'https://[::1]:7008',
  ])('does not let people sign in at %s', metadataUrl => {
    const config = safe();
    config.auth.providers.oidc = { lab: { metadataUrl, clientId: 'portal' } };
    expect(problemsOf(config)).toEqual([
      expect.stringMatching(
        /^auth\.providers\.oidc\.lab\.metadataUrl: .* over https$/,
      ),
    ]);
  });

  it('repeats nothing of an address but where it leads', () => {
    const config = safe();
    config.auth.providers.oidc = {
      lab: { metadataUrl: 'http://name:canary@localhost:7008/p?token=canary' },
    };
    expect(problemsOf(config).join()).not.toContain('canary');
  });

  it('asks everybody who they are', () => {
    const config = {
      ...safe(),
      backend: { auth: { dangerouslyDisableDefaultAuthPolicy: true } },
    };
    expect(problemsOf(config)).toEqual([
      expect.stringMatching(/dangerouslyDisableDefaultAuthPolicy/),
    ]);
  });

  it('checks certificates', () => {
    expect(
      problemsOf(safe(), { ...PRODUCTION, NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    ).toEqual([expect.stringMatching(/^NODE_TLS_REJECT_UNAUTHORIZED: /)]);
  });

  it('keeps its records', () => {
    const config = safe();
    config.backend.database = {
      client: 'better-sqlite3',
      connection: ':memory:' as never,
    };
    expect(problemsOf(config)).toEqual([
      expect.stringMatching(/^backend\.database\.connection: /),
    ]);
  });

  it('hears of all problems at once', () => {
    expect(() =>
      guardProduction(
        new ConfigReader({ auth: { providers: { guest: {} } } }),
        PRODUCTION,
      ),
    ).toThrow(
      /NODE_ENV=production because:\n {2}permission\.enabled: .*\n {2}auth\.providers\.guest: /,
    );
  });
});

it.each([undefined, 'development', 'test'])(
  'leaves a developer alone (NODE_ENV %s)',
  NODE_ENV => {
    expect(() =>
      guardProduction(new ConfigReader({}), { NODE_ENV }),
    ).not.toThrow();
  },
);
