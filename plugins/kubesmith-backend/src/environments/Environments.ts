import type { Size } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { EnvironmentConfig, NodeOverrides } from '../config/types';
import type { PoolStore } from '../pools/PoolStore';
import { EnvironmentStore } from './EnvironmentStore';
import { mirrorConfiguration } from './mirrorConfiguration';
import type { EnvironmentRecord } from './records';

/** What only needs to look environments up. */
export type EnvironmentSource = Pick<Environments, 'current' | 'find'>;

/**
 * The environments that are in force: the configuration's and the portal's. A question costs one row; a change by any replica
 * shows in the next answer of every replica.
 */
export class Environments {
  readonly store: EnvironmentStore;
  #known?: { version: number; records: EnvironmentRecord[] };

  /**
   * @param sizes - those that the configuration describes
   * @param nodeOverrides - for the nodes of environments of the portal
   */
  constructor(knex: Knex, sizes: Size[], nodeOverrides?: NodeOverrides) {
    this.store = new EnvironmentStore(knex, sizes, nodeOverrides);
  }

  /**
   * Brings the configuration's environments and their pools into the database.
   *
   * @throws Error when they contradict those that staff made in the portal
   */
  async mirror(
    configured: EnvironmentConfig[],
    deps: { knex: Knex; pools: PoolStore },
  ): Promise<void> {
    await mirrorConfiguration(configured, { ...deps, store: this.store });
  }

  /** All of them, also those where nothing can be ordered any more. Do not change what you get. */
  async current(): Promise<readonly EnvironmentRecord[]> {
    // What is read after the version may be newer than it says: then the next question reads again.
    const version = await this.store.version();
    if (this.#known?.version !== version) {
      this.#known = { version, records: await this.store.all() };
    }
    return this.#known.records;
  }

  /** One of them. */
  async find(name: string): Promise<EnvironmentRecord | undefined> {
    return (await this.current()).find(record => record.name === name);
  }

  /** One of them as it is within a transaction that holds the lock of its pool: no change is under way then. */
  async findIn(
    tx: Knex.Transaction,
    name: string,
  ): Promise<EnvironmentRecord | undefined> {
    return this.store.get(name, tx);
  }
}
