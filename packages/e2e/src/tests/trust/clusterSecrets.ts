import { createDecipheriv } from 'node:crypto';
import type { Setting } from '../Setting.ts';

const TAG_BYTES = 16;

/**
 * The secrets that the portal keeps for a cluster, by name, decrypted with the portal's own key: what a thief of database and
 * configuration would have. Fails when the portal encrypts in another way than this test knows.
 */
export async function clusterSecrets(
  setting: Setting,
  clusterId: string,
): Promise<Record<string, string>> {
  const { KUBESMITH_ENCRYPTION_KEY } = await setting.portal.environment();
  const key = Buffer.from(KUBESMITH_ENCRYPTION_KEY!, 'base64');
  const rows = await setting.database('kubesmith', database =>
    database
      .prepare('SELECT name, nonce, ciphertext FROM secrets WHERE owner_id = ?')
      .all(clusterId),
  );
  return Object.fromEntries(
    rows.map(({ name, nonce, ciphertext }) => {
      const sealed = Buffer.from(String(ciphertext), 'base64');
      const decipher = createDecipheriv(
        'aes-256-gcm',
        key,
        Buffer.from(String(nonce), 'base64'),
      );
      decipher.setAAD(Buffer.from(`${clusterId}/${name}`));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      const plain = Buffer.concat([
        decipher.update(sealed.subarray(0, -TAG_BYTES)),
        decipher.final(),
      ]);
      return [String(name), plain.toString()];
    }),
  );
}
