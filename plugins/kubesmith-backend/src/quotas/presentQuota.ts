import type {
  AppliedQuota as ApiAppliedQuota,
  Quota,
} from '@kubesmith/plugin-kubesmith-common';
import type { AppliedQuota } from './Quotas';
import type { QuotaRecord } from './QuotaStore';
import type { QuotaUse } from './overview';

/** A quota as those see it who may change it. */
export function presentQuota(
  quota: QuotaRecord,
  { title, uses }: { title: string; uses: QuotaUse[] },
): Quota {
  return {
    ...quota,
    title,
    updatedAt: new Date(quota.updatedAt).toISOString(),
    uses,
  };
}

/** A quota as those see it to whom it applies. */
export function presentAppliedQuota(
  { quota, standings }: AppliedQuota,
  title: string,
): ApiAppliedQuota {
  const { id, environment, scope, subject, limits } = quota;
  return {
    id,
    environment,
    scope,
    subject,
    title,
    leaseDays: limits.leaseDays,
    limits: standings.map(({ resource, limit, use, needed }) => ({
      resource,
      limit,
      use,
      after: use + needed,
    })),
  };
}
