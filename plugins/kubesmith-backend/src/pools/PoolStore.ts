import type { Knex } from 'knex';
import type { PoolConfig } from '../config/types';
import { databaseTime, readDatabaseTime } from '../database/databaseTime';
import { chooseAddresses } from './chooseAddresses';
import { formatIpv4, parseCidr, parseIpv4 } from './ipv4';

type PoolRow = {
  id: string;
  cidr: string;
  first: number | string;
  last: number | string;
  gateway: number | string;
  quarantine_ms: number | string;
};

type AddressRow = {
  pool_id: string;
  address: number | string;
  state: 'held' | 'bound' | 'quarantined' | 'reserved' | 'foreign';
  operation_id: string | null;
  cluster_id: string | null;
  slot: string | null;
  until: number | string | null;
};

/** How long an address that somebody else uses is not given out, unless it is seen in use again. */
const FOREIGN_MS = 24 * 3_600_000;

/** How full a pool is; addresses that nobody can ever have (gateway, DNS servers) do not count. */
export type PoolUsage = { total: number; free: number };

/** The pool has fewer free addresses than asked for. */
export class PoolExhaustedError extends Error {
  readonly name = 'PoolExhaustedError';
  constructor(
    readonly poolId: string,
    readonly free: number,
    readonly needed: number,
  ) {
    super(`Pool '${poolId}' has ${free} free addresses, ${needed} are needed`);
  }
}

/**
 * Ranges of addresses, and who has which. A row is a taken address, an absent row a free one.
 *
 * All that takes addresses happens in a transaction that began with {@link PoolStore.lock}: its UPDATE makes others wait (on
 * SQLite it must be the first statement, or the transaction would fail when it begins to write). The primary key is the
 * last guard.
 */
export class PoolStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Writes the configured pools into the database. Addresses that are taken stay so. */
  async configure(pools: PoolConfig[]): Promise<void> {
    for (const pool of pools) {
      await this.#knex.transaction(tx => this.configureIn(tx, pool));
    }
  }

  /** Writes a pool, a new one or an other description of it; others who allocate from it wait until the transaction ends. */
  async configureIn(tx: Knex.Transaction, pool: PoolConfig): Promise<void> {
    await this.#upsertPool(tx, pool);
    await this.#reserveFixedAddresses(tx, pool);
  }

  /**
   * Makes every other allocation from this pool wait until the transaction ends. Only locks that come before it in the order of
   * `OperationStore.lock` may be held.
   */
  async lock(tx: Knex.Transaction, poolId: string): Promise<void> {
    const locked = await tx<PoolRow>('ip_pools')
      .where({ id: poolId })
      .update({ version: tx.raw('version + 1') } as object);
    if (locked !== 1) {
      throw new Error(`No pool '${poolId}'`);
    }
  }

  /** {@link PoolStore.lock} for all pools; in the order of their ids, so that two who do this never wait for each other. */
  async lockAll(tx: Knex.Transaction): Promise<void> {
    const [lowest] = await tx<PoolRow>('ip_pools')
      .where('id', '=', tx('ip_pools').min('id'))
      .update({ version: tx.raw('version + 1') } as object)
      .returning('id');
    const others = await tx<PoolRow>('ip_pools')
      .whereNot({ id: lowest.id })
      .orderBy('id')
      .select('id');
    for (const { id } of others) {
      await this.lock(tx, id);
    }
  }

  /**
   * Takes one address per slot, in a row if possible. Asked again for the same operation it gives the same addresses.
   *
   * @param tx - a transaction that called {@link PoolStore.lock}
   * @returns dotted addresses in the order of the slots
   * @throws PoolExhaustedError
   */
  async allocate(
    tx: Knex.Transaction,
    request: {
      poolId: string;
      clusterId: string;
      operationId: string;
      slots: string[];
    },
  ): Promise<string[]> {
    const earlier = await this.#allocated(tx, request);
    if (earlier) {
      return earlier;
    }
    await this.#freeExpired(tx, request.poolId);

    const pool = await tx<PoolRow>('ip_pools')
      .where({ id: request.poolId })
      .first();
    const rows = await tx<AddressRow>('ip_addresses')
      .where({ pool_id: request.poolId })
      .orderBy('address')
      .select('address');
    const range = {
      first: Number(pool!.first),
      last: Number(pool!.last),
      taken: rows.map(row => Number(row.address)),
    };
    const needed = request.slots.length;
    const chosen = chooseAddresses(range, needed);
    if (!chosen) {
      const { free } = await this.usage(request.poolId, tx);
      throw new PoolExhaustedError(request.poolId, free, needed);
    }
    await tx<AddressRow>('ip_addresses').insert(
      chosen.map((address, index) => ({
        pool_id: request.poolId,
        address,
        state: 'held' as const,
        operation_id: request.operationId,
        cluster_id: request.clusterId,
        slot: request.slots[index],
        until: null,
      })),
    );
    return chosen.map(formatIpv4);
  }

  /**
   * Takes free addresses of a pool out of it for a while, because somebody else uses them. Seen again, they stay out longer.
   *
   * @param tx - a transaction that began with {@link PoolStore.lock}
   * @param addresses - dotted; those outside the range, and those that are taken already, do not matter
   */
  async markForeign(
    tx: Knex.Transaction,
    poolId: string,
    addresses: string[],
  ): Promise<void> {
    const pool = await tx<PoolRow>('ip_pools').where({ id: poolId }).first();
    const inRange = addresses
      .map(text => parseIpv4(text)!)
      .filter(
        address =>
          address >= Number(pool!.first) && address <= Number(pool!.last),
      );
    const until = tx.raw('? + ?', [databaseTime(tx), FOREIGN_MS]);
    await this.#freeExpired(tx, poolId);
    for (const address of new Set(inRange)) {
      await tx('ip_addresses')
        .insert({ pool_id: poolId, address, state: 'foreign', until })
        .onConflict(['pool_id', 'address'])
        .ignore();
    }
    await tx('ip_addresses')
      .where({ pool_id: poolId, state: 'foreign' })
      .whereIn('address', inRange)
      .whereNotNull('until')
      .update({ until });
  }

  /**
   * Gives a slot of a cluster another address, because somebody else answers on the one that it holds; that one is nobody's
   * for a day.
   *
   * @param tx - a transaction that locked the pool
   * @returns the new address, dotted
   * @throws PoolExhaustedError
   */
  async replace(
    tx: Knex.Transaction,
    held: {
      poolId: string;
      clusterId: string;
      operationId: string;
      address: string;
    },
  ): Promise<string> {
    const { poolId, clusterId, operationId } = held;
    const where = { pool_id: poolId, address: parseIpv4(held.address)! };
    const row = await tx<AddressRow>('ip_addresses')
      .where({ ...where, cluster_id: clusterId })
      .first();
    if (!row) {
      throw new Error(`The cluster does not hold the address ${held.address}`);
    }
    await tx('ip_addresses')
      .where(where)
      .update({
        state: 'foreign',
        operation_id: null,
        cluster_id: null,
        slot: null,
        until: tx.raw('? + ?', [databaseTime(tx), FOREIGN_MS]),
      });
    const [address] = await this.allocate(tx, {
      poolId,
      clusterId,
      operationId,
      slots: [row.slot!],
    });
    return address;
  }

  /** Says that the machines behind a cluster's held addresses exist now. */
  async bind(clusterId: string, tx: Knex = this.#knex): Promise<void> {
    await tx<AddressRow>('ip_addresses')
      .where({ cluster_id: clusterId, state: 'held' })
      .update({ state: 'bound' });
  }

  /**
   * Gives back addresses of a cluster, after the pool's quarantine. Call it only when the machines are proven gone.
   *
   * @param slots - whose; all of the cluster's, if absent
   */
  async release(
    clusterId: string,
    tx: Knex = this.#knex,
    slots?: string[],
  ): Promise<void> {
    const pools = await tx<PoolRow>('ip_pools').whereIn(
      'id',
      tx<AddressRow>('ip_addresses')
        .where({ cluster_id: clusterId })
        .select('pool_id'),
    );
    for (const pool of pools) {
      const taken = tx<AddressRow>('ip_addresses')
        .where({ cluster_id: clusterId, pool_id: pool.id })
        .whereIn('state', ['held', 'bound']);
      if (slots) taken.whereIn('slot', slots);
      const quarantineMs = Number(pool.quarantine_ms);
      if (quarantineMs > 0) {
        await taken.update({
          state: 'quarantined',
          until: tx.raw('? + ?', [databaseTime(tx), quarantineMs]),
          // The operation is over: were it to allocate again, it would not be given addresses that rest.
          operation_id: null,
          slot: null,
        } as object);
      } else {
        await taken.delete();
      }
    }
  }

  /** How full a pool is. */
  async usage(poolId: string, tx: Knex = this.#knex): Promise<PoolUsage> {
    const usage = (await this.usages(tx)).get(poolId);
    if (!usage) {
      throw new Error(`No pool '${poolId}'`);
    }
    return usage;
  }

  /** How full each pool is, by its id. */
  async usages(tx: Knex = this.#knex): Promise<Map<string, PoolUsage>> {
    const pools = await tx<PoolRow>('ip_pools');
    const now = await readDatabaseTime(tx);
    const counts: Array<{
      pool_id: string;
      state: string;
      n: string | number;
    }> = await tx('ip_addresses')
      .join('ip_pools', 'ip_pools.id', 'ip_addresses.pool_id')
      .whereRaw('address >= ip_pools.first and address <= ip_pools.last')
      .andWhere(query => query.whereNull('until').orWhere('until', '>', now))
      .groupBy('pool_id', 'state')
      .select('pool_id', 'state')
      .count({ n: '*' });
    return new Map(
      pools.map(pool => {
        const count = (reserved: boolean) =>
          counts
            .filter(row => row.pool_id === pool.id)
            .filter(row => (row.state === 'reserved') === reserved)
            .reduce((sum, row) => sum + Number(row.n), 0);
        const total = Number(pool.last) - Number(pool.first) + 1 - count(true);
        return [pool.id, { total, free: total - count(false) }];
      }),
    );
  }

  async #allocated(
    tx: Knex.Transaction,
    request: { operationId: string; slots: string[] },
  ): Promise<string[] | undefined> {
    const rows = await tx<AddressRow>('ip_addresses')
      .where({ operation_id: request.operationId })
      .whereIn('slot', request.slots);
    const bySlot = new Map(
      rows.map(row => [row.slot, formatIpv4(Number(row.address))]),
    );
    const addresses = request.slots.flatMap(slot => bySlot.get(slot) ?? []);
    return addresses.length === request.slots.length ? addresses : undefined;
  }

  async #freeExpired(tx: Knex.Transaction, poolId: string): Promise<void> {
    await tx<AddressRow>('ip_addresses')
      .where({ pool_id: poolId })
      .whereIn('state', ['quarantined', 'foreign'])
      .andWhere('until', '<=', databaseTime(tx))
      .delete();
  }

  async #upsertPool(tx: Knex.Transaction, pool: PoolConfig): Promise<void> {
    await tx('ip_pools')
      .insert({
        id: pool.name,
        cidr: pool.cidr,
        first: parseIpv4(pool.first),
        last: parseIpv4(pool.last),
        gateway: parseIpv4(pool.gateway),
        quarantine_ms: pool.quarantineMs,
      })
      .onConflict('id')
      .merge(['cidr', 'first', 'last', 'gateway', 'quarantine_ms']);
  }

  /** Network, broadcast, gateway and DNS servers are never given to a machine. */
  async #reserveFixedAddresses(
    tx: Knex.Transaction,
    pool: PoolConfig,
  ): Promise<void> {
    const { network, broadcast } = parseCidr(pool.cidr)!;
    const fixed = new Set([
      network,
      broadcast,
      ...[pool.gateway, ...pool.dnsServers].map(text => parseIpv4(text)!),
    ]);
    const inRange = [...fixed].filter(
      address =>
        address >= parseIpv4(pool.first)! && address <= parseIpv4(pool.last)!,
    );
    await tx<AddressRow>('ip_addresses')
      .where({ pool_id: pool.name, state: 'reserved' })
      .whereNotIn('address', inRange)
      .delete();
    for (const address of inRange) {
      await tx('ip_addresses')
        .insert({ pool_id: pool.name, address, state: 'reserved' })
        .onConflict(['pool_id', 'address'])
        .ignore();
    }
  }
}
