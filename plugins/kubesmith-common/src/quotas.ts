import type { QuotaResource } from './api/types';

/** What quotas count, in the order in which it is shown. Memory in MiB, disk in GiB. @public */
export const QUOTA_RESOURCES = [
  'clusters',
  'nodes',
  'vcpu',
  'memoryMiB',
  'diskGiB',
  'addresses',
] as const satisfies readonly QuotaResource[];

const units: Record<QuotaResource, string> = {
  clusters: 'clusters',
  nodes: 'nodes',
  vcpu: 'vCPU',
  memoryMiB: 'GiB of memory',
  diskGiB: 'GiB of disk',
  addresses: 'addresses',
};

/** What is counted, in the unit in which {@link shownAmount} gives it. @public */
export function quotaUnit(resource: QuotaResource): string {
  return units[resource];
}

/** An amount as people read it: memory in GiB. @public */
export function shownAmount(resource: QuotaResource, amount: number): number {
  return resource === 'memoryMiB'
    ? Math.round((amount / 1024) * 10) / 10
    : amount;
}
