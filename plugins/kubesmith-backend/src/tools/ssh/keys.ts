import { utils } from 'ssh2';

/** The public half of an OpenSSH private key, as in an authorized_keys file, without a comment. */
export function publicKeyOf(privateKey: string): string {
  const parsed = utils.parseKey(privateKey);
  if (parsed instanceof Error)
    throw new Error('The stored SSH key cannot be read', { cause: parsed });
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  return `${key.type} ${key.getPublicSSH().toString('base64')}`;
}
