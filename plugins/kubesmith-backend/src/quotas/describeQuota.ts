import type {
  QuotaResource,
  QuotaScope,
} from '@kubesmith/plugin-kubesmith-common';

/** A quota in words: for whom and where it is. */
export function describeQuota(quota: {
  environment: string;
  scope: QuotaScope;
  subject?: string;
}): string {
  const { environment, subject } = quota;
  switch (quota.scope) {
    case 'group':
      return `${subject} in '${environment}'`;
    case 'each-member':
      return `each member of ${subject} in '${environment}'`;
    case 'each-person':
      return `each person in '${environment}'`;
    case 'person':
      return `${subject} in '${environment}'`;
    default:
      return `the environment '${environment}'`;
  }
}

const units: Record<QuotaResource, string> = {
  clusters: 'clusters',
  nodes: 'nodes',
  vcpu: 'vCPU',
  memoryMiB: 'GiB of memory',
  diskGiB: 'GiB of disk',
  addresses: 'addresses',
};

/** What is counted, in the unit in which {@link shownAmount} gives it. */
export function unitOf(resource: QuotaResource): string {
  return units[resource];
}

/** An amount as people read it: memory in GiB. */
export function shownAmount(resource: QuotaResource, amount: number): number {
  return resource === 'memoryMiB'
    ? Math.round((amount / 1024) * 10) / 10
    : amount;
}
