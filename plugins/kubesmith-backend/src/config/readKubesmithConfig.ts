import { existsSync } from 'node:fs';
import path from 'node:path';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import type { Config } from '@backstage/config';
import type { Size } from '@kubesmith/plugin-kubesmith-common';
import { poolConflict } from '../pools/poolConflict';
import { remedyOf, toEnvironment, unknownSizes } from './environments';
import { type RawKubesmithConfig, kubesmithConfigSchema } from './schema';
import type { KubesmithConfig } from './types';

/** How long a kubeconfig lasts of which nothing else was said: a working day. */
const USUAL_HOURS = 8;

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
    kubeconfigs: {
      defaultHours: Math.min(USUAL_HOURS, raw.kubeconfigs.maxHours),
      maxHours: raw.kubeconfigs.maxHours,
    },
    audit: { retentionMs: raw.audit.retention },
    tokens: { maxDays: Math.floor(raw.tokens.maxLifetime / 86_400_000) },
    capacity: {
      clonesAtOnce: raw.capacity.clonesAtOnce,
      memoryReserveMiB: raw.capacity.memoryReserveGiB * 1024,
      memoryOvercommit: raw.capacity.memoryOvercommit,
      storageReserve: raw.capacity.storageReservePercent / 100,
      passableMs: raw.capacity.mayBePassedFor,
    },
    backups: {
      everyMs: raw.backups.automatic ? raw.backups.every : undefined,
      atOnce: raw.backups.atOnce,
    },
    sizes,
    environments: raw.environments.map(environment =>
      toEnvironment(environment, sizes, raw.proxmox.nodeOverrides),
    ),
  };
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
    found.push(
      ...unknownSizes(environment, sizeNames).map(
        (remedy): Mistake => [`${key}.sizes`, remedy],
      ),
    );
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
