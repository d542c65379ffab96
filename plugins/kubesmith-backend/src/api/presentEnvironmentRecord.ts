import type { EnvironmentRecord as ApiEnvironmentRecord } from '@kubesmith/plugin-kubesmith-common';
import type { EnvironmentRecord } from '../environments/records';
import type { PoolUsage } from '../pools/PoolStore';

const MINUTE_MS = 60_000;

/** An environment as the API shows it to those who may change it. */
export function presentEnvironmentRecord(
  record: EnvironmentRecord,
  options: {
    clusters: number;
    usage: PoolUsage;
    /** Names of other environments with the same pool. */
    sharedWith: string[];
    /** Whether the caller may change environments everywhere. */
    everywhere: boolean;
  },
): ApiEnvironmentRecord {
  const { pool, proxmox } = record;
  const editable = record.source === 'portal' || record.retired;
  return {
    name: record.name,
    title: record.title,
    description: record.description,
    owner: record.owner,
    members: record.members,
    pool: {
      name: pool.name,
      cidr: pool.cidr,
      first: pool.first,
      last: pool.last,
      gateway: pool.gateway,
      dnsServers: pool.dnsServers,
      quarantineMinutes: pool.quarantineMs / MINUTE_MS,
    },
    proxmox,
    sizes: record.sizes.map(({ name }) => name),
    kubernetesVersions: record.kubernetesVersions,
    cni: record.cni,
    maxWorkers: record.maxWorkers,
    leaseDays: record.leaseDays,
    maxLeaseDays: record.maxLeaseDays,
    graceDays: record.graceDays,
    timetable: record.timetable,
    source: record.source,
    retired: record.retired,
    version: record.version,
    createdBy: record.createdBy,
    updatedBy: record.updatedBy,
    createdAt: new Date(record.createdAt).toISOString(),
    updatedAt: new Date(record.updatedAt).toISOString(),
    clusters: options.clusters,
    addresses: options.usage,
    sharesPoolWith: options.sharedWith,
    can: {
      change: editable,
      changeNetwork: editable && options.everywhere,
      delete: editable && options.everywhere && options.clusters === 0,
    },
  };
}
