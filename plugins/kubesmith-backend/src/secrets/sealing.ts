import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { EncryptionKey } from '../config/types';
import { StepError } from '../engine/failures';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Whose secret it is, and which one. Authenticated with it, so that a row that is moved to another cluster does not open. */
export type SecretId = { owner_id: string; name: string };

/** An encrypted secret as it is stored. Nonce and ciphertext (with the tag at its end) are base64. */
export type Sealed = { key_id: string; nonce: string; ciphertext: string };

/** A secret is there and cannot be decrypted. Says which key is missing or wrong, never what the secret is. */
export class SecretUnreadableError extends Error {
  override readonly name = 'SecretUnreadableError';

  /** @param keyId - of the key that encrypted it */
  constructor(
    readonly problem: 'key-missing' | 'key-wrong',
    readonly secret: SecretId,
    readonly keyId: string,
  ) {
    super(
      problem === 'key-missing'
        ? `A secret is encrypted with the key '${keyId}', which kubesmith.encryption.keys does not have; put it back`
        : `The secret '${secret.name}' of '${secret.owner_id}' does not authenticate: the key '${keyId}' in kubesmith.encryption.keys is not the one that encrypted it, or the row was changed`,
    );
  }

  /** What it means to a step of an operation. */
  toStepError(): StepError {
    return new StepError(
      this.problem === 'key-missing'
        ? 'KUBESMITH-SECRET-KEY-MISSING'
        : 'KUBESMITH-SECRET-UNREADABLE',
      { key: this.keyId, name: this.secret.name },
      { cause: this },
    );
  }
}

/** Encrypts. */
export function seal(
  key: EncryptionKey,
  id: SecretId,
  plain: Buffer | string,
): Sealed {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.secret, nonce);
  cipher.setAAD(additionalData(id));
  const ciphertext = Buffer.concat([
    cipher.update(Buffer.isBuffer(plain) ? plain : Buffer.from(plain)),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return {
    key_id: key.id,
    nonce: nonce.toString('base64'),
    ciphertext: ciphertext.toString('base64'),
  };
}

/**
 * Decrypts with the key whose id the secret carries.
 *
 * @throws SecretUnreadableError
 */
export function open(keys: EncryptionKey[], secret: SecretId & Sealed): Buffer {
  const { owner_id, name, key_id } = secret;
  const key = keys.find(({ id }) => id === key_id);
  if (!key)
    throw new SecretUnreadableError('key-missing', { owner_id, name }, key_id);
  try {
    const sealed = Buffer.from(secret.ciphertext, 'base64');
    const decipher = createDecipheriv(
      CIPHER,
      key.secret,
      Buffer.from(secret.nonce, 'base64'),
      { authTagLength: TAG_BYTES },
    );
    decipher.setAAD(additionalData(secret));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([
      decipher.update(sealed.subarray(0, -TAG_BYTES)),
      decipher.final(),
    ]);
  } catch {
    // The cipher only says that it does not authenticate, or that a length is impossible.
    throw new SecretUnreadableError('key-wrong', { owner_id, name }, key_id);
  }
}

function additionalData({ owner_id, name }: SecretId): Buffer {
  return Buffer.from(`${owner_id}/${name}`);
}
