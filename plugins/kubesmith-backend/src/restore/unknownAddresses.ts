import type { Knex } from 'knex';
import type { EnvironmentConfig } from '../config/types';
import { parseIpv4 } from '../pools/ipv4';
import type { RestoreReport } from './compareRecords';

/** In the column `slot`: taken for a machine that the records do not know. */
const SLOT_PREFIX = 'unknown:';

/**
 * Takes the addresses of machines that the records do not know out of the pools, and gives back those whose machines are gone
 * since the last comparison. A cluster's API address goes with its last machine.
 */
export async function takeUnknownAddresses(
  tx: Knex.Transaction,
  environments: EnvironmentConfig[],
  { cards, unknown }: Pick<RestoreReport, 'cards' | 'unknown'>,
): Promise<void> {
  const wanted = [
    ...unknown.map(({ address, clusterId, node, pool }) => ({
      poolId: environments.find(({ proxmox }) => proxmox.pool === pool)?.pool
        .name,
      address,
      clusterId,
      slot: node,
    })),
    ...[...cards.values()].map(({ id, poolId, vip }) => ({
      poolId,
      address: vip,
      clusterId: id,
      slot: 'vip',
    })),
  ];
  await tx('ip_addresses')
    .where({ state: 'foreign' })
    .whereLike('slot', `${SLOT_PREFIX}%`)
    .delete();
  const pools: string[] = (await tx('ip_pools').select('id')).map(
    ({ id }: { id: string }) => id,
  );
  for (const { poolId, address, clusterId, slot } of wanted) {
    const number = address && parseIpv4(address);
    if (!number || !poolId || !pools.includes(poolId)) continue;
    await tx('ip_addresses')
      .insert({
        pool_id: poolId,
        address: number,
        state: 'foreign',
        cluster_id: clusterId,
        slot: `${SLOT_PREFIX}${slot}`,
        until: null,
      })
      .onConflict(['pool_id', 'address'])
      .ignore();
  }
}
