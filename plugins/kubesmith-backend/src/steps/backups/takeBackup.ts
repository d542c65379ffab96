import type { Evidence } from '../../engine/records';
import { StepError } from '../../engine/failures';
import { MAX_BACKUP_BYTES } from '../../backups/records';
import { readDatabaseTime } from '../../database/databaseTime';
import { runPlaybook } from '../runPlaybook';
import type { Context } from '../services';

/** What the node said about the copy that it made. */
export type Copy = {
  sha256: string;
  bytes: number;
  keys: number;
  etcd: string;
  /** Milliseconds since the epoch, of the database. */
  takenAt: number;
};

/** Has the control plane copy its etcd and check the copy. The next step fetches it. */
export async function takeBackup(context: Context): Promise<Evidence> {
  // A run that is taken up again may have copied long ago, but not before it was asked for.
  const takenAt = context.resumed
    ? context.operation.createdAt
    : await context.journal(tx => readDatabaseTime(tx));
  const { reports } = await runPlaybook(context, 'backup');
  const copy = readCopy({ ...[...reports.values()].flat().at(-1), takenAt });
  if (!copy)
    throw new StepError('KUBESMITH-BACKUP-UNREADABLE', {
      detail: 'the node did not say what it copied',
    });
  if (copy.bytes > MAX_BACKUP_BYTES) {
    throw new StepError('KUBESMITH-BACKUP-TOO-LARGE', {
      megabytes: Math.ceil(copy.bytes / 2 ** 20),
      limit: MAX_BACKUP_BYTES / 2 ** 20,
    });
  }
  return copy;
}

/** What a step's evidence, or a node, says of a copy; undefined when it is not that. */
export function readCopy(said: Record<string, unknown> = {}): Copy | undefined {
  const { bytes, etcd, keys, sha256, takenAt } = said;
  const whole = [bytes, keys, takenAt].every(
    value => typeof value === 'number' && Number.isSafeInteger(value),
  );
  return whole &&
    (bytes as number) > 0 &&
    /^[0-9a-f]{64}$/.test(String(sha256)) &&
    typeof etcd === 'string'
    ? (said as Copy)
    : undefined;
}
