import type {
  Failure,
  OperationKind,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { AutomaticBackups } from '../backups/dueBackups';
import { newestBackup } from '../backups/newestBackup';
import { PLATFORM } from '../leases/records';
import type { ConditionRecord, Observation } from './records';

/** So many moments may be missed before that is worth a word: others may have come first. */
const MISSED = 2;
/** What makes a cluster ready again that slept or had failed. */
const MAKE_READY: OperationKind[] = [
  'wake',
  'rollback',
  'restore',
  'repair',
  'renew',
];

/**
 * Whether the automatic backups of a ready cluster are taken.
 *
 * @param now - milliseconds since the epoch, by the database's clock
 * @returns undefined when there is nothing to say yet
 */
export async function lookAtBackups(
  knex: Knex,
  { everyMs }: AutomaticBackups,
  cluster: { id: string; readyAt?: number },
  before: ConditionRecord[],
  now: number,
): Promise<Observation | undefined> {
  const type = 'backups';
  if (everyMs === undefined)
    // What was said before they were switched off is not true any more.
    return before.some(one => one.type === type)
      ? {
          type,
          status: 'unknown',
          reason: 'SwitchedOff',
          message: 'The portal takes no backups by itself.',
        }
      : undefined;
  const newest = await newestBackup(cluster.id, knex);
  const last:
    | { status: string; failure: string | null; created_at: number | string }
    | undefined = await knex('operations')
    .where({ cluster_id: cluster.id, kind: 'backup', initiator: PLATFORM })
    .orderBy('created_at', 'desc')
    .first('status', 'failure', 'created_at');
  const known = newest
    ? `The newest backup is of ${iso(newest.takenAt)}.`
    : 'There is no backup.';
  if (
    last?.status === 'failed' &&
    Number(last.created_at) > (newest?.takenAt ?? 0)
  ) {
    const why = last.failure && (JSON.parse(last.failure) as Failure).message;
    return {
      type,
      status: 'false',
      reason: 'BackupFailed',
      message: `The last automatic backup failed. ${why ?? ''} ${known}`,
      nextStep:
        'Nothing at once: the portal tries again at the next moment. You can back it up yourself under Change; if that fails too, ask the staff.',
    };
  }
  // One that sleeps, or has failed, gets none.
  const from = Math.max(
    newest?.takenAt ?? cluster.readyAt ?? now,
    await readyAgain(cluster.id, knex),
  );
  if (now - from > (MISSED + 1) * everyMs)
    return {
      type,
      status: 'false',
      reason: 'BackupMissing',
      message: `No automatic backup was taken for a long time. ${known}`,
      nextStep:
        'Back it up yourself under Change, and tell the staff: the portal may have no time for it.',
    };
  return newest && { type, status: 'true', reason: 'Taken', message: known };
}

/** When a cluster was last made ready again, ms since the epoch; 0 when it never was. */
async function readyAgain(clusterId: string, knex: Knex): Promise<number> {
  const last: { at?: number | string | null } | undefined = await knex(
    'operations',
  )
    .where({ cluster_id: clusterId, status: 'succeeded' })
    .whereIn('kind', MAKE_READY)
    .max({ at: 'finished_at' })
    .first();
  return Number(last?.at ?? 0);
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
