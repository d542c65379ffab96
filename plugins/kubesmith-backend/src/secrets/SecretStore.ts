import type { Knex } from 'knex';
import type { EncryptionKey } from '../config/types';
import { databaseTime } from '../database/databaseTime';
import { open, seal } from './sealing';

/** A row of `secrets`. */
export type SecretRow = {
  owner_id: string;
  name: string;
  key_id: string;
  nonce: string;
  ciphertext: string;
  created_at: number | string;
};

/**
 * Secrets of clusters, encrypted in the database. Owner and name are authenticated with each, so that a row that is moved
 * to another cluster does not decrypt.
 */
export class SecretStore {
  readonly #knex: Knex;
  readonly #keys: EncryptionKey[];

  /** @param keys - the first one encrypts, all decrypt */
  constructor(knex: Knex, keys: EncryptionKey[]) {
    this.#knex = knex;
    this.#keys = keys;
  }

  /** Stores a secret, in place of an earlier one of the same name. */
  async put(
    ownerId: string,
    name: string,
    plain: Buffer | string,
    tx: Knex = this.#knex,
  ): Promise<void> {
    await tx('secrets')
      .insert({
        owner_id: ownerId,
        name,
        ...seal(this.#keys[0], { owner_id: ownerId, name }, plain),
        created_at: databaseTime(tx),
      })
      .onConflict(['owner_id', 'name'])
      .merge();
  }

  /**
   * A secret, or undefined if there is none.
   *
   * @throws SecretUnreadableError when its key is not configured, is another one, or the row was changed
   */
  async get(
    ownerId: string,
    name: string,
    tx: Knex = this.#knex,
  ): Promise<Buffer | undefined> {
    const row = await tx<SecretRow>('secrets')
      .where({ owner_id: ownerId, name })
      .first();
    return row && open(this.#keys, row);
  }

  /** Forgets one secret, or all of an owner. */
  async delete(
    ownerId: string,
    name?: string,
    tx: Knex = this.#knex,
  ): Promise<void> {
    await tx<SecretRow>('secrets')
      .where({ owner_id: ownerId, ...(name !== undefined && { name }) })
      .delete();
  }
}
