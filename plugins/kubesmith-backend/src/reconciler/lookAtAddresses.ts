import type { Knex } from 'knex';
import type { EnvironmentConfig } from '../config/types';
import type { ClusterRecord } from '../database/records';
import type { MachineAddresses } from '../orders/Inventory';
import { isDerivedMacAddress } from '../orders/machineIdentity';
import { formatIpv4, parseIpv4 } from '../pools/ipv4';
import type { ProbeAddress } from '../tools/network/probeAddress';
import { forEachAtOnce } from './atOnce';
import { homeOf } from './homeOf';
import type { KnownCluster, Sighting, Unknowns } from './records';
import { addressesHeld, addressInUse } from './sightings';

/** A look knocks on so many free addresses of a pool at most, the lowest first. */
const MOST_PROBED = 256;
const PROBES_AT_ONCE = 32;

type AddressRow = {
  address: number | string;
  state: string;
  cluster_id: string | null;
  slot: string | null;
};

/** Addresses that are in use although the pool has given them to nobody, or to somebody else. */
export async function lookAtAddresses(options: {
  knex: Knex;
  /** Those for which Proxmox answers. */
  environments: EnvironmentConfig[];
  /** The others too. */
  all: EnvironmentConfig[];
  /** What machines that are none of live nodes have. */
  others: MachineAddresses[];
  probe: ProbeAddress;
  live: Map<string, KnownCluster>;
  unknowns: Unknowns;
  signal: AbortSignal;
}): Promise<Sighting[]> {
  const { all, environments, knex, live, others, probe, signal, unknowns } =
    options;
  const sightings: Sighting[] = [];
  const pools = new Map(
    [...environments].reverse().map(one => [one.pool.name, one]),
  );
  for (const { name, pool } of pools.values()) {
    const rows: AddressRow[] = await knex('ip_addresses')
      .where({ pool_id: pool.name })
      .select('address', 'state', 'cluster_id', 'slot');
    const taken = new Map(rows.map(row => [Number(row.address), row]));
    const first = parseIpv4(pool.first)!;
    const last = parseIpv4(pool.last)!;
    const used = new Set<number>();
    const common = { environment: name, poolId: pool.name };
    for (const { addresses, clusterId, vmid } of others) {
      for (const address of addresses) {
        const number = parseIpv4(address);
        if (number === undefined || number < first || number > last) continue;
        const row = taken.get(number);
        if (row?.state === 'reserved' || isOfUnknownMachine(row)) continue;
        if (clusterId && row?.cluster_id === clusterId) continue;
        used.add(number);
        // A machine that is being removed, or made: its cluster says so.
        if (
          clusterId &&
          live.has(clusterId) &&
          unknowns.clusterIds.has(clusterId)
        )
          unknowns.subjects.add(`address/${pool.name}/${address}`);
        else {
          const holder = holderOf(row, live);
          sightings.push({
            ...addressInUse({
              ...common,
              address,
              vmid,
              how: `is used by the machine ${vmid}`,
              holder: holder?.title,
            }),
            ...homeOf(holder?.cluster, name, all),
          });
        }
      }
    }
    const free: number[] = [];
    for (let n = first; n <= last && free.length < MOST_PROBED; n++) {
      const row = taken.get(n);
      const isFree =
        !row || (row.state === 'foreign' && !isOfUnknownMachine(row));
      if (isFree && !used.has(n)) free.push(n);
    }
    await forEachAtOnce(free, PROBES_AT_ONCE, async number => {
      const address = formatIpv4(number);
      const how = await probe(address, { signal, ours: isDerivedMacAddress });
      if (how) sightings.push(addressInUse({ ...common, address, how }));
    });
  }
  return sightings;
}

/** Kept for a machine that the records do not know, after a restored backup. */
function isOfUnknownMachine(row: AddressRow | undefined): boolean {
  return row?.state === 'foreign' && row.slot !== null;
}

function holderOf(
  row: AddressRow | undefined,
  live: Map<string, KnownCluster>,
): { title: string; cluster: ClusterRecord } | undefined {
  if (!row?.cluster_id || !['held', 'bound'].includes(row.state))
    return undefined;
  const cluster = live.get(row.cluster_id)?.cluster;
  return (
    cluster && {
      title: `${row.slot ?? 'a node'} of the cluster '${cluster.name}'`,
      cluster,
    }
  );
}

/** Addresses that clusters hold which are deleted, or which the records do not know. */
export async function lookAtHeldAddresses(
  knex: Knex,
  environments: EnvironmentConfig[],
): Promise<Sighting[]> {
  const rows: Array<{
    address: number | string;
    pool_id: string;
    cluster_id: string;
    name: string | null;
    environment: string | null;
  }> = await knex('ip_addresses as a')
    .leftJoin('clusters as c', 'c.id', 'a.cluster_id')
    .whereIn('a.state', ['held', 'bound'])
    .whereNotNull('a.cluster_id')
    .andWhere(query => query.whereNull('c.id').orWhereNotNull('c.deleted_at'))
    .orderBy('a.address')
    .select(
      'a.address',
      'a.pool_id',
      'a.cluster_id',
      'c.name',
      'c.environment',
    );
  const byCluster = new Map<string, typeof rows>();
  for (const row of rows)
    byCluster.set(row.cluster_id, [
      ...(byCluster.get(row.cluster_id) ?? []),
      row,
    ]);
  return [...byCluster.entries()].flatMap(([clusterId, held]) => {
    const [{ environment, name, pool_id: poolId }] = held;
    const found =
      environments.find(one => one.name === environment) ??
      environments.find(one => one.pool.name === poolId);
    if (!found) return [];
    return [
      addressesHeld({
        clusterId,
        name: name ?? undefined,
        environment: found.name,
        addresses: held.map(({ address }) => formatIpv4(Number(address))),
      }),
    ];
  });
}
