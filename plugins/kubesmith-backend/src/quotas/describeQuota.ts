import type { QuotaScope } from '@kubesmith/plugin-kubesmith-common';

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
