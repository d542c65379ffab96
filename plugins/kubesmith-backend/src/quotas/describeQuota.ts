import type { QuotaScope } from '@kubesmith/plugin-kubesmith-common';
import { shortRef } from '../people/shortRef';

/**
 * A quota in words: for whom and where it is.
 *
 * @param names - titles of environments and names of people, where they are known; otherwise they are called by what is in the
 * quota
 */
export function describeQuota(
  quota: { environment: string; scope: QuotaScope; subject?: string },
  names: { environment?: string; subject?: string },
): string {
  const environment = names.environment ?? quota.environment;
  const subject = names.subject ?? shortRef(quota.subject ?? '');
  switch (quota.scope) {
    case 'group':
      return `the group ${subject} in ${environment}`;
    case 'each-member':
      return `each member of ${subject} in ${environment}`;
    case 'each-person':
      return `each person in ${environment}`;
    case 'person':
      return `${subject} in ${environment}`;
    default:
      return `the environment ${environment}`;
  }
}
