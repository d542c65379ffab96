import type { LoggerService } from '@backstage/backend-plugin-api';
import type { AuditStore } from './AuditStore';

/**
 * The daily care of the audit trail: the chain is verified, then entries older than the retention time are deleted. The
 * newest hash goes to the log, because a log that is kept elsewhere shows later whether the history was rewritten.
 */
export async function keepAuditTrail(
  store: Pick<AuditStore, 'prune' | 'verify'>,
  { retentionMs }: { retentionMs: number },
  logger: LoggerService,
): Promise<void> {
  const { brokenAt, entries, intact, lastHash, lastSeq } = await store.verify();
  if (!intact) {
    logger.error(
      `The audit trail was changed: entry ${brokenAt} is missing, altered or out of place. Nothing is deleted from it; compare it with a backup.`,
    );
    return;
  }
  const deleted = await store.prune(retentionMs);
  logger.info(
    `The audit trail is intact: ${entries} entries, the newest is ${lastSeq} with hash ${
      lastHash || 'none'
    }; ${deleted} were older than the retention time and are deleted`,
  );
}
