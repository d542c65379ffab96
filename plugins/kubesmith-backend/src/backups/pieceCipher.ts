import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Which piece of which backup; authenticated with it, so that pieces cannot be exchanged. */
const additionalData = (backupId: string, position: number) =>
  Buffer.from(`${backupId}/${position}`);

/** Encrypts a piece with the backup's own key (32 bytes): nonce, ciphertext, tag. */
export function sealPiece(
  key: Buffer,
  backupId: string,
  position: number,
  plain: Buffer,
): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(additionalData(backupId, position));
  return Buffer.concat([
    nonce,
    cipher.update(plain),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/**
 * Decrypts a piece.
 *
 * @throws Error when it was changed, or belongs elsewhere
 */
export function openPiece(
  key: Buffer,
  backupId: string,
  position: number,
  sealed: Buffer,
): Buffer {
  const decipher = createDecipheriv(
    CIPHER,
    key,
    sealed.subarray(0, NONCE_BYTES),
    { authTagLength: TAG_BYTES },
  );
  decipher.setAAD(additionalData(backupId, position));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([
    decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)),
    decipher.final(),
  ]);
}
