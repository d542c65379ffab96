import { isDeepStrictEqual } from 'node:util';
import {
  type FieldProblem,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { EnvironmentConfig } from '../config/types';
import { poolUseProblems } from '../pools/poolUseProblems';
import { poolsOverlap } from '../pools/poolConflict';
import { countClusters } from './clustersOf';
import type { EnvironmentRecord } from './records';

/** A new environment, or an other version of one. */
export type EnvironmentChange = {
  next: EnvironmentConfig;
  /** What it is now; undefined when it is new. */
  before?: EnvironmentRecord;
  /** All other environments. */
  others: EnvironmentRecord[];
};

/**
 * Why an environment cannot be as asked for, beside the mistakes of single fields: what others have, and what its clusters
 * stand on. Clusters find their machines by Proxmox pool and storage, and their machines are on a network.
 *
 * @param tx - a transaction that holds the lock of the environments and of the pools in question
 */
export async function changeProblems(
  tx: Knex.Transaction,
  change: EnvironmentChange,
): Promise<FieldProblem[]> {
  const { next, before, others } = change;
  const problems = poolProblems(change);
  if (!before) {
    if (others.some(({ name }) => name === next.name))
      problems.unshift(
        fieldProblem('name', 'KUBESMITH-ENVIRONMENT-EXISTS', {
          environment: next.name,
        }),
      );
    return problems;
  }
  if (before.pool.name === next.pool.name)
    problems.push(...(await poolUseProblems(tx, before.pool, next.pool)));
  const clusters = await countClusters(tx, next.name);
  if (clusters > 0) {
    for (const [field, was, will] of fixed(before, next)) {
      if (was !== will)
        problems.push(
          fieldProblem(field, 'KUBESMITH-ENVIRONMENT-FIXED', {
            field,
            clusters,
          }),
        );
    }
    problems.push(...(await vmidProblems(tx, before, next)));
  }
  return problems;
}

/** The environments of the portal that share the pool and follow its change. */
export function followers({
  next,
  before,
  others,
}: EnvironmentChange): EnvironmentRecord[] {
  return before && !isDeepStrictEqual(before.pool, next.pool)
    ? others.filter(
        ({ pool, source }) =>
          source === 'portal' &&
          pool.name === before.pool.name &&
          pool.name === next.pool.name,
      )
    : [];
}

function poolProblems(change: EnvironmentChange): FieldProblem[] {
  const { next, before, others } = change;
  const { pool } = next;
  const following = new Set(followers(change).map(({ name }) => name));
  return others.flatMap(other => {
    const values = { pool: other.pool.name, environment: other.name };
    if (other.pool.name !== pool.name)
      return poolsOverlap(pool, other.pool)
        ? [fieldProblem('pool.first', 'KUBESMITH-POOL-OVERLAP', values)]
        : [];
    if (isDeepStrictEqual(other.pool, pool) || following.has(other.name))
      return [];
    const shared = before?.pool.name === pool.name;
    return [
      fieldProblem(
        'pool.name',
        shared ? 'KUBESMITH-POOL-CONFIGURED' : 'KUBESMITH-POOL-DIFFERS',
        values,
      ),
    ];
  });
}

function fixed(
  before: EnvironmentConfig,
  next: EnvironmentConfig,
): Array<[field: string, was: unknown, will: unknown]> {
  return [
    ['pool.name', before.pool.name, next.pool.name],
    ['proxmox.pool', before.proxmox.pool, next.proxmox.pool],
    ['proxmox.datastore', before.proxmox.datastore, next.proxmox.datastore],
    ['proxmox.bridge', before.proxmox.bridge, next.proxmox.bridge],
    ['proxmox.vlan', before.proxmox.vlan, next.proxmox.vlan],
  ];
}

/** Ids of machines that the range had and would not have any more. */
async function vmidProblems(
  tx: Knex.Transaction,
  before: EnvironmentConfig,
  next: EnvironmentConfig,
): Promise<FieldProblem[]> {
  const was = before.proxmox.vmids;
  const will = next.proxmox.vmids;
  const rows: Array<{ live_vmid: number }> = await tx('nodes')
    .join('clusters', 'clusters.id', 'nodes.cluster_id')
    .where('clusters.environment', next.name)
    .whereBetween('nodes.live_vmid', [was.first, was.last])
    .whereNotBetween('nodes.live_vmid', [will.first, will.last])
    .orderBy('nodes.live_vmid')
    .select('nodes.live_vmid');
  return rows.length === 0
    ? []
    : [
        fieldProblem('proxmox.vmids', 'KUBESMITH-VMIDS-IN-USE', {
          count: rows.length,
          vmid: rows[0].live_vmid,
        }),
      ];
}
