import type {
  LoggerService,
  RootInstanceMetadataService,
} from '@backstage/backend-plugin-api';
import type { Config } from '@backstage/config';
import type { PersonDecisions } from '../permissions/PersonDecisions';
import {
  type PolicyEngine,
  installedPolicyEngine,
  policyEngineElsewhere,
  policyEngineProblem,
} from './policyEngineGuard';

/**
 * What must not reach real people: settings that are handy on a developer's machine and open the portal to everybody when
 * they are left on. Each problem names its key (or variable) and the remedy.
 */
export function findProductionProblems(
  config: Config,
  environment: Record<string, string | undefined>,
  engine: PolicyEngine,
): string[] {
  const engineProblem = policyEngineProblem(config, engine);
  return [
    ...permissionProblems(config),
    ...(engineProblem ? [engineProblem] : []),
    ...signInProblems(config),
    ...transportProblems(environment),
    ...databaseProblems(config),
  ];
}

/**
 * Ends the start of a production portal that is not safe to use. Waits for a permission plugin in another process.
 *
 * @throws Error that lists all problems, when NODE_ENV is `production` and there are any
 */
export async function guardProduction(options: {
  config: Config;
  environment: Record<string, string | undefined>;
  metadata: RootInstanceMetadataService;
  decisions: Pick<PersonDecisions, 'isAvailable'>;
  logger: LoggerService;
  askAgainMs?: number;
}): Promise<void> {
  const { config, environment } = options;
  if (environment.NODE_ENV !== 'production') return;
  const installed = await installedPolicyEngine(options.metadata);
  refuse(findProductionProblems(config, environment, installed));
  if (installed === 'elsewhere' && policyEngineProblem(config, 'other')) {
    const engine = await policyEngineElsewhere(options);
    refuse(findProductionProblems(config, environment, engine));
  }
}

function refuse(problems: string[]): void {
  if (problems.length === 0) return;
  throw new Error(
    [
      'Kubesmith does not start with NODE_ENV=production because:',
      ...problems,
    ].join('\n  '),
  );
}

function permissionProblems(config: Config): string[] {
  const problems: string[] = [];
  if (config.getOptional('permission.enabled') !== true) {
    problems.push(
      'permission.enabled: is not true, so everybody may do everything; set it to true',
    );
  }
  if (
    config.getOptional('backend.auth.dangerouslyDisableDefaultAuthPolicy') ===
    true
  ) {
    problems.push(
      'backend.auth.dangerouslyDisableDefaultAuthPolicy: is true, so nobody needs to sign in; remove it',
    );
  }
  return problems;
}

function signInProblems(config: Config): string[] {
  const providers = config.getOptionalConfig('auth.providers');
  return (providers?.keys() ?? []).flatMap(name => {
    const key = `auth.providers.${name}`;
    if (name === 'guest') {
      return [`${key}: anybody could come in as a guest; remove it`];
    }
    return addressesIn(providers?.getOptional(name), key)
      .filter(([, address]) => !isPublicAndEncrypted(address))
      .map(
        ([where, { origin }]) =>
          `${where}: '${origin}' is a sign-in of a lab, on this machine or without https; name your own over https`,
      );
  });
}

/** Every URL in a part of the configuration, with its key. */
function addressesIn(value: unknown, key: string): [string, URL][] {
  if (typeof value === 'string') {
    return /^https?:/i.test(value) && URL.canParse(value)
      ? [[key, new URL(value)]]
      : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    addressesIn(
      child,
      Array.isArray(value) ? `${key}[${name}]` : `${key}.${name}`,
    ),
  );
}

function isPublicAndEncrypted({ protocol, hostname }: URL): boolean {
  const loopback =
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\./.test(hostname);
  return protocol === 'https:' && !loopback;
}

function transportProblems(
  environment: Record<string, string | undefined>,
): string[] {
  return environment.NODE_TLS_REJECT_UNAUTHORIZED === '0'
    ? [
        'NODE_TLS_REJECT_UNAUTHORIZED: is 0, so the certificate of Proxmox (and every other) goes unchecked; unset it and name the CA in kubesmith.proxmox.caFile',
      ]
    : [];
}

function databaseProblems(config: Config): string[] {
  return config.getOptional('backend.database.connection') === ':memory:'
    ? [
        "backend.database.connection: is ':memory:', so a restart forgets every cluster; use Postgres, or a folder for SQLite",
      ]
    : [];
}
