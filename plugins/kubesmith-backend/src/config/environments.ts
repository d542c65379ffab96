import type { Size } from '@kubesmith/plugin-kubesmith-common';
import { parseCidr } from '../pools/ipv4';
import type { RawEnvironment } from './schema';
import type { EnvironmentConfig, NodeOverrides } from './types';
import { DAY_MS } from '../time';

/** The longest lease, when nobody names one, in times of the usual one. */
const LEASES = 4;

/** zod's own sentences are for programmers in one frequent case. */
export function remedyOf(issue: { code?: string; message: string }): string {
  return issue.code === 'invalid_type' &&
    issue.message.endsWith('received undefined')
    ? 'is missing; add it (or the environment variable that it names)'
    : issue.message;
}

/** What to say about sizes that an environment names and nobody describes. */
export function unknownSizes(
  environment: Pick<RawEnvironment, 'sizes'>,
  known: string[],
): string[] {
  return environment.sizes
    .filter(name => !known.includes(name))
    .map(name => `there is no size '${name}'; use one of ${known.join(', ')}`);
}

/** No settings: what nodes on Proxmox need. */
export const NO_OVERRIDES: NodeOverrides = {
  kubelet: {},
  kube_proxy: {},
  kubeadm: { ignore_preflight_errors: [] },
  containerd: { restrict_oom_score_adj: false },
  mirrors: { apt_kubernetes: null },
};

/**
 * An environment that was checked, with all defaults filled in.
 *
 * @param nodeOverrides - for its nodes, when it says nothing about them
 */
export function toEnvironment(
  raw: RawEnvironment,
  sizes: Size[],
  nodeOverrides: NodeOverrides = NO_OVERRIDES,
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
    leaseDays: raw.lease / DAY_MS,
    maxLeaseDays: (raw.maxLease ?? raw.lease * LEASES) / DAY_MS,
    graceDays: raw.grace / DAY_MS,
    ...(raw.timetable && { timetable: raw.timetable }),
    nodeOverrides: raw.nodeOverrides ?? nodeOverrides,
  };
}
