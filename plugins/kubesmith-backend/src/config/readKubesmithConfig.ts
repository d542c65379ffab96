import { existsSync } from 'node:fs';
import path from 'node:path';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import type { Config } from '@backstage/config';
import type { Size } from '@kubesmith/plugin-kubesmith-common';
import { parseCidr, parseIpv4 } from '../pools/ipv4';
import { type RawKubesmithConfig, kubesmithConfigSchema } from './schema';
import type { EnvironmentConfig, KubesmithConfig } from './types';

/**
 * Reads the `kubesmith:` section of the app-config into plain objects. All mistakes are reported at once, each with its key
 * and what to write there; values of secrets are never repeated.
 */
export function readKubesmithConfig(config: Config): KubesmithConfig {
  if (!config.has('kubesmith')) {
    throw new Error(
      'The configuration has no section `kubesmith`. Add one: the README of @kubesmith/plugin-kubesmith-backend has an example.',
    );
  }
  const parsed = kubesmithConfigSchema.safeParse(config.get('kubesmith'));
  if (!parsed.success) {
    throw mistakes(
      parsed.error.issues.map(
        (issue): Mistake => [keyOf(issue.path), remedyOf(issue)],
      ),
    );
  }
  const raw = parsed.data;
  const contradictions = findContradictions(raw);
  if (contradictions.length > 0) {
    throw mistakes(contradictions);
  }

  const sizes = raw.sizes.map(toSize);
  return {
    dataDirectory: path.resolve(raw.dataDirectory),
    administrators: raw.administrators,
    encryption: raw.encryption,
    proxmox: {
      ...raw.proxmox,
      caFile: raw.proxmox.caFile && path.resolve(raw.proxmox.caFile),
    },
    tools: {
      terraform: raw.tools.terraform,
      ansiblePlaybook: raw.tools.ansiblePlaybook,
      terraformRoot: toolRoot(raw.tools.terraformRoot, 'terraform/cluster'),
      ansibleRoot: toolRoot(raw.tools.ansibleRoot, 'ansible'),
      terraformCliConfigFile:
        raw.tools.terraformCliConfigFile &&
        path.resolve(raw.tools.terraformCliConfigFile),
    },
    audit: { retentionMs: raw.audit.retention },
    sizes,
    environments: raw.environments.map(environment =>
      toEnvironment(environment, sizes),
    ),
  };
}

/** zod's own sentences are for programmers in one frequent case. */
function remedyOf(issue: { code?: string; message: string }): string {
  return issue.code === 'invalid_type' &&
    issue.message.endsWith('received undefined')
    ? 'is missing; add it (or the environment variable that it names)'
    : issue.message;
}

type Mistake = [key: string, remedy: string];

function mistakes(list: Mistake[]): Error {
  return new Error(
    [
      'The configuration has mistakes:',
      ...list.map(([key, remedy]) => `${key}: ${remedy}`),
    ].join('\n  '),
  );
}

function keyOf(keys: PropertyKey[]): string {
  return keys.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`,
    'kubesmith',
  );
}

/** What each value alone cannot show. */
function findContradictions(raw: RawKubesmithConfig): Mistake[] {
  const found: Mistake[] = [];
  const sizeNames = raw.sizes.map(({ name }) => name);
  found.push(
    ...duplicates(sizeNames).map(
      (name): Mistake => [
        'kubesmith.sizes',
        `there is more than one '${name}'; rename one`,
      ],
    ),
    ...duplicates(raw.environments.map(({ name }) => name)).map(
      (name): Mistake => [
        'kubesmith.environments',
        `there is more than one '${name}'; rename one`,
      ],
    ),
    ...duplicates(raw.encryption.keys.map(({ id }) => id)).map(
      (id): Mistake => [
        'kubesmith.encryption.keys',
        `there is more than one '${id}'; rename one`,
      ],
    ),
  );
  raw.environments.forEach((environment, index) => {
    const key = `kubesmith.environments[${index}]`;
    for (const name of environment.sizes) {
      if (!sizeNames.includes(name)) {
        found.push([
          `${key}.sizes`,
          `there is no size '${name}'; use one of ${sizeNames.join(', ')}`,
        ]);
      }
    }
    for (const earlier of raw.environments.slice(0, index)) {
      const conflict = poolConflict(earlier.pool, environment.pool);
      if (conflict) {
        found.push([
          `${key}.pool`,
          `${conflict} (environment '${earlier.name}')`,
        ]);
      }
    }
  });
  return found;
}

function duplicates(names: string[]): string[] {
  return [
    ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
  ];
}

type RawPool = RawKubesmithConfig['environments'][number]['pool'];

function poolConflict(a: RawPool, b: RawPool): string | undefined {
  if (a.name === b.name) {
    return JSON.stringify(a) === JSON.stringify(b)
      ? undefined
      : `the pool '${a.name}' is described differently elsewhere; make both alike or rename one`;
  }
  const overlap =
    parseIpv4(a.first)! <= parseIpv4(b.last)! &&
    parseIpv4(b.first)! <= parseIpv4(a.last)!;
  return overlap
    ? `its addresses overlap those of the pool '${a.name}'; choose other ends`
    : undefined;
}

/**
 * The folder that the configuration names, or the one that came with this package: `prepack` copies it into `dist`. In the
 * repository itself it is the one at the root, where people edit it.
 */
function toolRoot(configured: string | undefined, ours: string): string {
  if (configured !== undefined) return path.resolve(configured);
  const packageRoot = resolvePackagePath('@kubesmith/plugin-kubesmith-backend');
  return existsSync(path.join(packageRoot, 'src'))
    ? path.join(packageRoot, '../..', ours)
    : path.join(packageRoot, 'dist', ours);
}

function toSize(raw: RawKubesmithConfig['sizes'][number]): Size {
  return {
    name: raw.name,
    title: raw.title ?? raw.name,
    vcpu: raw.vcpu,
    memoryMiB: Math.round(raw.memoryGiB * 1024),
    diskGiB: raw.diskGiB,
  };
}

function toEnvironment(
  raw: RawKubesmithConfig['environments'][number],
  sizes: Size[],
): EnvironmentConfig {
  const { quarantine, ...pool } = raw.pool;
  return {
    name: raw.name,
    title: raw.title ?? raw.name,
    description: raw.description,
    owner: raw.owner,
    members: raw.members,
    pool: {
      ...pool,
      prefixLength: parseCidr(pool.cidr)!.prefixLength,
      quarantineMs: quarantine,
    },
    proxmox: raw.proxmox,
    sizes: raw.sizes.map(name => sizes.find(size => size.name === name)!),
    kubernetesVersions: raw.kubernetesVersions,
    cni: raw.cni,
    maxWorkers: raw.maxWorkers,
    leaseDays: raw.lease / (24 * 3_600_000),
    nodeOverrides: raw.nodeOverrides,
  };
}
