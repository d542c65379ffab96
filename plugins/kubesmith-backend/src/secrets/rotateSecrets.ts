import type { Knex } from 'knex';
import type { EncryptionKey } from '../config/types';
import { open, seal, type SecretId, SecretUnreadableError } from './sealing';
import type { SecretRow } from './SecretStore';

const BATCH = 50;

/** How the secrets stand to one key. */
export interface KeyUse {
  keyId: string;
  /** `current`: encrypts new secrets. `old`: only decrypts. `missing`: the configuration does not have it. */
  role: 'current' | 'old' | 'missing';
  /** Secrets that are encrypted with it. */
  secrets: number;
}

/** What a rotation did. */
export interface Rotation {
  /** Secrets that are under the current key now and were not before. */
  reencrypted: number;
  /** Secrets that could not be decrypted: they stay as they are. */
  unreadable: SecretUnreadableError[];
}

/** How many secrets are under which key: the configured ones in their order, then missing ones. Reads ids only. */
export async function keyUses(
  knex: Knex,
  keys: EncryptionKey[],
): Promise<KeyUse[]> {
  const rows: Array<{ key_id: string; n: number | string }> = await knex(
    'secrets',
  )
    .groupBy('key_id')
    .orderBy('key_id')
    .select('key_id')
    .count({ n: '*' });
  const count = (keyId: string) =>
    Number(rows.find(row => row.key_id === keyId)?.n ?? 0);
  const missing = rows.filter(row => !keys.some(({ id }) => id === row.key_id));
  return [
    ...keys.map(
      ({ id }, index): KeyUse => ({
        keyId: id,
        role: index === 0 ? 'current' : 'old',
        secrets: count(id),
      }),
    ),
    ...missing.map(
      (row): KeyUse => ({
        keyId: row.key_id,
        role: 'missing',
        secrets: Number(row.n),
      }),
    ),
  ];
}

/**
 * Encrypts with the first key whatever is under another one. Small steps, each safe by itself: a secret that somebody else
 * changes, rotates or removes in the meantime is left to them, so several processes may do this at once and it may stop
 * anywhere. Secrets under the first key are opened too, to notice one that does not belong to its id.
 */
export async function rotateSecrets(
  knex: Knex,
  keys: EncryptionKey[],
  options: { signal?: AbortSignal } = {},
): Promise<Rotation> {
  const rotation: Rotation = { reencrypted: 0, unreadable: [] };
  let last: SecretId | undefined;
  for (;;) {
    options.signal?.throwIfAborted();
    const rows = await nextRows(knex, last);
    for (const row of rows) {
      const outcome = await rotate(knex, keys, row);
      if (outcome instanceof SecretUnreadableError)
        rotation.unreadable.push(outcome);
      else if (outcome) rotation.reencrypted += 1;
    }
    if (rows.length < BATCH) return rotation;
    last = rows.at(-1);
  }
}

function nextRows(
  knex: Knex,
  after: SecretId | undefined,
): Promise<SecretRow[]> {
  const query = knex<SecretRow>('secrets')
    .orderBy(['owner_id', 'name'])
    .limit(BATCH)
    .select('*');
  if (after) {
    query.where(later =>
      later
        .where('owner_id', '>', after.owner_id)
        .orWhere(same =>
          same
            .where('owner_id', after.owner_id)
            .andWhere('name', '>', after.name),
        ),
    );
  }
  return query;
}

/** Whether it is under the first key now and was not before, or why not. */
async function rotate(
  knex: Knex,
  keys: EncryptionKey[],
  row: SecretRow,
): Promise<boolean | SecretUnreadableError> {
  const [current] = keys;
  const { owner_id, name, key_id, nonce } = row;
  try {
    const plain = open(keys, row);
    if (key_id === current.id) return false;
    const changed = await knex<SecretRow>('secrets')
      // The nonce is new with each encryption: the row is still the one that was read.
      .where({ owner_id, name, key_id, nonce })
      .update(seal(current, row, plain));
    return changed === 1;
  } catch (error) {
    if (error instanceof SecretUnreadableError) return error;
    throw error;
  }
}
