import type {
  ApprovalLimits,
  QuotaLimits,
  QuotaScope,
} from '@kubesmith/plugin-kubesmith-common';

/** What people choose from when they say whom a quota is for, and what must be named then. */
export const scopeTexts: Record<
  QuotaScope,
  { label: string; subject?: { label: string; kind: 'user' | 'group' } }
> = {
  environment: { label: 'The whole environment' },
  group: {
    label: 'What belongs to a group',
    subject: { label: 'Group', kind: 'group' },
  },
  'each-member': {
    label: 'Each member of a group',
    subject: { label: 'Group', kind: 'group' },
  },
  'each-person': { label: 'Each person' },
  person: {
    label: 'One person',
    subject: { label: 'Person', kind: 'user' },
  },
};

/** What can be limited, in the order of the form, with the unit that people type. */
export const limitTexts: Record<keyof QuotaLimits, string> = {
  clusters: 'Clusters',
  nodes: 'Nodes',
  vcpu: 'vCPU',
  memoryMiB: 'Memory in GiB',
  diskGiB: 'Disk in GiB',
  addresses: 'Addresses',
  leaseDays: 'Longest lease in days',
};

/** What can need an approval, in the order of the form, with the unit that people read. */
export const approvalTexts: Record<
  keyof ApprovalLimits,
  { label: string; unit: string }
> = {
  workers: { label: 'Workers', unit: 'workers' },
  vcpu: { label: 'vCPU of all machines', unit: 'vCPU' },
  memoryMiB: {
    label: 'Memory of all machines in GiB',
    unit: 'GiB of memory',
  },
  diskGiB: { label: 'Disk of all machines in GiB', unit: 'GiB of disk' },
  clustersPerPerson: {
    label: 'Clusters of one person',
    unit: 'clusters of one person',
  },
};

type Limit = keyof QuotaLimits | keyof ApprovalLimits;

/** What the form holds for a limit: memory in GiB. */
export function toTyped(limit: Limit, amount: number): number {
  return limit === 'memoryMiB' ? amount / 1024 : amount;
}

/** What the API takes for what the form holds. */
export function fromTyped(limit: Limit, typed: number): number {
  return limit === 'memoryMiB' ? Math.round(typed * 1024) : typed;
}
