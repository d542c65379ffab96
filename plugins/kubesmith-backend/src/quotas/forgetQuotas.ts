import type { Knex } from 'knex';

/**
 * Takes away the quotas of an environment, and what needs an approval there: the next environment of this name begins with none.
 * Orders that wait there are refused when somebody approves them, and expire.
 */
export async function forgetQuotas(
  tx: Knex.Transaction,
  environment: string,
): Promise<void> {
  await tx('quotas').where({ environment }).delete();
  await tx('approval_limits').where({ environment }).delete();
}
