import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { EncryptionKey } from '../config/types';
import { databaseTime } from '../database/databaseTime';

type SecretRow = {
  owner_id: string;
  name: string;
  key_id: string;
  nonce: string;
  ciphertext: string;
  created_at: number | string;
};

const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;

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
    const [key] = this.#keys;
    const nonce = randomBytes(12);
    const cipher = createCipheriv(CIPHER, key.secret, nonce);
    cipher.setAAD(additionalData(ownerId, name));
    const ciphertext = Buffer.concat([
      cipher.update(Buffer.isBuffer(plain) ? plain : Buffer.from(plain)),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    await tx('secrets')
      .insert({
        owner_id: ownerId,
        name,
        key_id: key.id,
        nonce: nonce.toString('base64'),
        ciphertext: ciphertext.toString('base64'),
        created_at: databaseTime(tx),
      })
      .onConflict(['owner_id', 'name'])
      .merge();
  }

  /** A secret, or undefined if there is none. Throws when its key is not configured any more or the row was changed. */
  async get(
    ownerId: string,
    name: string,
    tx: Knex = this.#knex,
  ): Promise<Buffer | undefined> {
    const row = await tx<SecretRow>('secrets')
      .where({ owner_id: ownerId, name })
      .first();
    if (!row) {
      return undefined;
    }
    const key = this.#keys.find(({ id }) => id === row.key_id);
    if (!key) {
      throw new Error(
        `A secret is encrypted with the key '${row.key_id}', which kubesmith.encryption.keys does not have; add it again`,
      );
    }
    const sealed = Buffer.from(row.ciphertext, 'base64');
    const decipher = createDecipheriv(
      CIPHER,
      key.secret,
      Buffer.from(row.nonce, 'base64'),
      { authTagLength: TAG_BYTES },
    );
    decipher.setAAD(additionalData(ownerId, name));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([
      decipher.update(sealed.subarray(0, -TAG_BYTES)),
      decipher.final(),
    ]);
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

function additionalData(ownerId: string, name: string): Buffer {
  return Buffer.from(`${ownerId}/${name}`);
}
