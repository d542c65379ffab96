import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import type { EncryptionKey } from '../config/types';
import { keyUses, rotateSecrets } from './rotateSecrets';

/**
 * Brings all secrets under the first key and tells the administrator, in the log, what to do about keys: which one may be
 * removed, which one must come back. Runs soon after each start and then every hour; problems of single
 * clusters never fail it.
 */
export async function watchKeys(options: {
  knex: Knex;
  keys: EncryptionKey[];
  logger: LoggerService;
}): Promise<void> {
  const { knex, keys, logger } = options;
  const { reencrypted, unreadable } = await rotateSecrets(knex, keys);
  const [current] = keys;
  if (reencrypted > 0)
    logger.info(
      `${reencrypted} secrets are now encrypted with the key '${current.id}'`,
    );
  for (const { keyId, role, secrets } of await keyUses(knex, keys)) {
    if (role === 'missing')
      logger.error(
        `KUBESMITH-SECRET-KEY-MISSING: ${secrets} secrets are encrypted with the key '${keyId}', which kubesmith.encryption.keys does not have. Their clusters cannot be changed or give kubeconfigs; put the key back.`,
      );
    if (role === 'old' && secrets === 0)
      logger.info(
        `No secret uses the encryption key '${keyId}' any more; it may be removed from kubesmith.encryption.keys`,
      );
  }
  const wrong = unreadable.filter(({ problem }) => problem === 'key-wrong');
  if (wrong.length > 0)
    logger.error(
      `KUBESMITH-SECRET-UNREADABLE: ${wrong.length} secrets cannot be decrypted with the configured key of their id. Check kubesmith.encryption.keys.`,
      {
        keys: [...new Set(wrong.map(({ keyId }) => keyId))],
        clusters: [...new Set(wrong.map(({ secret }) => secret.owner_id))],
      },
    );
}
