import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { unless } from '../system/errors.ts';
import { writeAtomically } from '../system/files.ts';
import type { Instance } from './Instance.ts';

const make = {
  /** Of the hypervisor's API token. */
  proxmoxToken: () => randomUUID(),
  /** Of the portal as a client of the identity provider. */
  oidcClient: () => randomBytes(24).toString('base64url'),
  /** Signs the identity provider's cookies. */
  identityCookies: () => randomBytes(24).toString('base64url'),
  /** Signs the portal's session cookies. */
  portalSession: () => randomBytes(24).toString('base64url'),
  /** Encrypts the portal's secrets in its database: 32 bytes in base64. */
  portalEncryption: () => randomBytes(32).toString('base64'),
};

type SecretName = keyof typeof make;

/** File of a secret, readable by root alone. */
export function secretFile(instance: Instance, name: SecretName): string {
  return instance.file('secrets', name);
}

/** The instance's secrets, made at random once and kept as long as it lives. */
export async function secrets(
  instance: Instance,
): Promise<Record<SecretName, string>> {
  const entries = Object.entries(make).map(async ([name, generate]) => {
    const file = secretFile(instance, name as SecretName);
    const kept = await unless(['ENOENT'], readFile(file, 'utf8'));
    if (kept) return [name, kept];
    const secret = generate();
    await writeAtomically(file, secret);
    return [name, secret];
  });
  return Object.fromEntries(await Promise.all(entries));
}
