import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { JWK } from 'oidc-provider';
import { unless } from '../system/errors.ts';

/** Reads the key that signs tokens, or makes it. It is kept in a file since the portal fetches new keys once a minute at most. */
export async function signingKey(file: string): Promise<JWK> {
  const kept = await unless(['ENOENT'], readFile(file, 'utf8'));
  if (kept) return JSON.parse(kept) as JWK;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = {
    ...privateKey.export({ format: 'jwk' }),
    use: 'sig',
    kid: randomUUID(),
  } as JWK;
  await writeFile(file, JSON.stringify(key), { mode: 0o600 });
  return key;
}
