import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What tokens begin with, so that people and secret scanners recognise one. */
export const TOKEN_PREFIX = 'kst_';

/** 8 bytes that say which token it is, in hexadecimal; then 32 random bytes in base64url. */
const TOKEN = /^kst_([0-9a-f]{16})[A-Za-z0-9_-]{43}$/;

/** A new token, and what is kept of it. */
export function newToken(): { text: string; lookup: string; hash: string } {
  const lookup = randomBytes(8).toString('hex');
  const text = `${TOKEN_PREFIX}${lookup}${randomBytes(32).toString(
    'base64url',
  )}`;
  return { text, lookup, hash: hashOf(text) };
}

/** Which token a text claims to be; undefined when it cannot be one. */
export function lookupOf(text: string): string | undefined {
  return TOKEN.exec(text)?.[1];
}

/** Whether a text is the token with this hash. Takes the same time whatever it is. */
export function isTokenWith(text: string, hash: string): boolean {
  return timingSafeEqual(
    Buffer.from(hashOf(text), 'hex'),
    Buffer.from(hash, 'hex'),
  );
}

/** No slow hash is needed: 256 random bits cannot be guessed. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
