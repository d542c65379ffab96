import { isDeepStrictEqual } from 'node:util';
import type { EnvironmentConfig } from '../config/types';

/**
 * The fields of a change that not everybody may change who runs the environment: with them one could take machines, networks
 * or people that belong to others.
 */
export function restrictedChanges(
  before: EnvironmentConfig,
  next: EnvironmentConfig,
): string[] {
  const fields = [
    ['owner', before.owner, next.owner],
    ['pool', before.pool, next.pool],
    ['proxmox', before.proxmox, next.proxmox],
  ] as const;
  return fields
    .filter(([, was, will]) => differ(was, will))
    .map(([field]) => field);
}

/** The names of all fields that differ, for the audit trail. */
export function changedFields(
  before: EnvironmentConfig,
  next: EnvironmentConfig,
): string[] {
  const keys = [
    'title',
    'description',
    'owner',
    'members',
    'pool',
    'proxmox',
    'sizes',
    'kubernetesVersions',
    'cni',
    'maxWorkers',
    'leaseDays',
    'maxLeaseDays',
    'graceDays',
    'timetable',
  ] as const;
  return keys.filter(key => differ(before[key], next[key]));
}

/** Records come out of JSON, which has no keys without a value; what people send may have them. */
function differ(was: unknown, will: unknown): boolean {
  return !isDeepStrictEqual(plain(was), plain(will));
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
