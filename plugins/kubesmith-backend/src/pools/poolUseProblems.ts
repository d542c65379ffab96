import {
  type FieldProblem,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { PoolConfig } from '../config/types';
import { formatIpv4, parseIpv4 } from './ipv4';

/**
 * Why a pool cannot be described otherwise while clusters have addresses of it: their machines were told network and gateway,
 * and an address outside of the range would be nobody's.
 *
 * @param tx - a transaction that holds the pool's lock
 */
export async function poolUseProblems(
  tx: Knex.Transaction,
  before: PoolConfig,
  next: PoolConfig,
): Promise<FieldProblem[]> {
  const rows: Array<{ address: number | string }> = await tx('ip_addresses')
    .where({ pool_id: before.name })
    .whereIn('state', ['held', 'bound'])
    .orderBy('address')
    .select('address');
  const used = rows.map(({ address }) => Number(address));
  if (used.length === 0) return [];

  const problems: FieldProblem[] = [];
  const count = used.length;
  for (const key of ['cidr', 'gateway'] as const) {
    if (before[key] !== next[key])
      problems.push(
        fieldProblem(`pool.${key}`, 'KUBESMITH-POOL-FIXED', {
          field: `pool.${key}`,
          count,
        }),
      );
  }
  const outside = {
    'pool.first': used.filter(address => address < parseIpv4(next.first)!),
    'pool.last': used.filter(address => address > parseIpv4(next.last)!),
    'pool.dnsServers': used.filter(address =>
      next.dnsServers.some(server => parseIpv4(server) === address),
    ),
  };
  for (const [field, stranded] of Object.entries(outside)) {
    if (stranded.length > 0)
      problems.push(
        fieldProblem(field, 'KUBESMITH-POOL-ADDRESSES-IN-USE', {
          count: stranded.length,
          address: formatIpv4(stranded[0]),
        }),
      );
  }
  return problems;
}
