import { mockServices } from '@backstage/backend-test-utils';
import { ConfigReader } from '@backstage/config';
import type { JsonObject } from '@backstage/types';
import { policyEngineAway } from '../permissions/policyEngineErrors';
import type { PolicyEngine } from './policyEngineGuard';
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
  engine: PolicyEngine = 'kubesmith',
) =>
  findProductionProblems(new ConfigReader(data as never), environment, engine);

const OURS = { pluginId: 'permission', modules: [{ moduleId: 'kubesmith' }] };
const ALLOW_ALL = {
  pluginId: 'permission',
  modules: [{ moduleId: 'allow-all-policy' }],
};

/** Runs the guard with these plugins in the backend; without a permission plugin, one elsewhere answers in turn. */
function guard(
  data: object,
  plugins: (typeof OURS)[],
  environment: Record<string, string | undefined> = PRODUCTION,
  elsewhere: Array<boolean | 'away'> = [],
) {
  const answers = [...elsewhere];
  const logger = mockServices.logger.mock();
  return guardProduction({
    config: new ConfigReader(data as never),
    environment,
    metadata: {
      getInstalledPlugins: async () => [
        { pluginId: 'catalog', modules: [{ moduleId: 'kubesmith' }] },
        ...plugins,
      ],
    },
    decisions: {
      isAvailable: async () => {
        const answer = answers.shift();
        if (answer === undefined) throw new Error('asked without need');
        if (answer === 'away') throw policyEngineAway();
        return answer;
      },
    },
    logger,
    askAgainMs: 1,
  });
}

describe('a production portal', () => {
  it('starts with its own sign-in, permissions on and Postgres', () => {
    expect(problemsOf(safe())).toEqual([]);
    return expect(guard(safe(), [OURS])).resolves.toBeUndefined();
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

  it('decides by our policies, or says that it knows better', () => {
    expect(problemsOf(safe(), PRODUCTION, 'other')).toEqual([
      expect.stringMatching(
        /^kubesmith\.policyEngine: .* add @kubesmith\/plugin-permission-backend-module-kubesmith .* or write `other`/,
      ),
    ]);
    const acknowledged = { ...safe(), kubesmith: { policyEngine: 'other' } };
    expect(problemsOf(acknowledged, PRODUCTION, 'other')).toEqual([]);
    const pretended = { ...safe(), kubesmith: { policyEngine: 'kubesmith' } };
    expect(problemsOf(pretended, PRODUCTION, 'other')).toHaveLength(1);
    // Which one it is, is asked for when it can answer.
    expect(problemsOf(safe(), PRODUCTION, 'elsewhere')).toEqual([]);
  });

  it.each([
    ['ours', [OURS], 'starts'],
    ['another policy', [ALLOW_ALL], 'refused'],
    ['no policy', [{ pluginId: 'permission', modules: [] }], 'refused'],
  ])('looks what is installed: %s is %s', async (_, plugins, outcome) => {
    await expect(
      guard(safe(), plugins).then(
        () => 'starts',
        ({ message }) =>
          message.includes('kubesmith.policyEngine') ? 'refused' : message,
      ),
    ).resolves.toBe(outcome);
  });

  it('waits for a permission plugin elsewhere, as long as it is away', async () => {
    await expect(
      guard(safe(), [], PRODUCTION, ['away', 'away', true]),
    ).resolves.toBeUndefined();
    await expect(
      guard(safe(), [], PRODUCTION, ['away', false]),
    ).rejects.toThrow('kubesmith.policyEngine');
    // Acknowledged: nobody is asked.
    await expect(
      guard({ ...safe(), kubesmith: { policyEngine: 'other' } }, []),
    ).resolves.toBeUndefined();
  });

  it('hears of all problems at once', () => {
    return expect(
      guard({ auth: { providers: { guest: {} } } }, [ALLOW_ALL]),
    ).rejects.toThrow(
      /NODE_ENV=production because:\n {2}permission\.enabled: .*\n {2}kubesmith\.policyEngine: .*\n {2}auth\.providers\.guest: /,
    );
  });
});

it.each([undefined, 'development', 'test'])(
  'leaves a developer alone (NODE_ENV %s)',
  NODE_ENV => {
    return expect(
      guard({}, [ALLOW_ALL], { NODE_ENV }),
    ).resolves.toBeUndefined();
  },
);
