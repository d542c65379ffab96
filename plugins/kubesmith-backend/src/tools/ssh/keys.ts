import { utils, type ParsedKey } from 'ssh2';

/** Each is wrong with a chance of 1 in 256 or so; twenty in a row are not bad luck. */
const MOST_ATTEMPTS = 20;

/**
 * A new ed25519 private key in OpenSSH's format.
 *
 * ssh2 1.17 drops a leading zero byte of a new key, so that about one in 400 of its keys is malformed (measured: 7 of 3000) and
 * neither ssh2 nor OpenSSH can read it. Each key is therefore read back and tried before it is used.
 *
 * @throws Error if no key can be made
 */
export async function generatePrivateKey(
  comment: string,
  generate: (comment: string) => Promise<string> = generateWithSsh2,
): Promise<string> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const privateKey = await generate(comment);
    if (works(privateKey)) return privateKey;
  }
  throw new Error(`No SSH key could be made in ${MOST_ATTEMPTS} attempts`);
}

/** The public half of an OpenSSH private key, as in an authorized_keys file, without a comment. */
export function publicKeyOf(privateKey: string): string {
  const key = parse(privateKey);
  if (key instanceof Error)
    throw new Error('The stored SSH key cannot be read', { cause: key });
  return `${key.type} ${key.getPublicSSH().toString('base64')}`;
}

function generateWithSsh2(comment: string): Promise<string> {
  return new Promise((resolve, reject) => {
    utils.generateKeyPair('ed25519', { comment }, (error, keys) =>
      error ? reject(error) : resolve(keys.private),
    );
  });
}

function works(privateKey: string): boolean {
  const key = parse(privateKey);
  if (key instanceof Error) return false;
  const message = Buffer.from('kubesmith');
  const signature = key.sign(message);
  if (signature instanceof Error) return false;
  const publicKey = parse(
    `${key.type} ${key.getPublicSSH().toString('base64')}`,
  );
  return (
    !(publicKey instanceof Error) &&
    publicKey.verify(message, signature) === true
  );
}

function parse(text: string): ParsedKey | Error {
  const parsed = utils.parseKey(text);
  return Array.isArray(parsed) ? parsed[0] : parsed;
}
