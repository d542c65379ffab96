import { utils } from 'ssh2';

/** Secret of a cluster: the private key of the account that Ansible uses. */
export const SSH_KEY_SECRET = 'ssh-key';
/** Secret of a cluster: the private key whose only use is kubectl. */
export const KUBECTL_KEY_SECRET = 'kubectl-key';

/** A new ed25519 private key in OpenSSH's format. */
export async function generatePrivateKey(comment: string): Promise<string> {
  return new Promise((resolve, reject) => {
    utils.generateKeyPair('ed25519', { comment }, (error, keys) =>
      error ? reject(error) : resolve(keys.private),
    );
  });
}
