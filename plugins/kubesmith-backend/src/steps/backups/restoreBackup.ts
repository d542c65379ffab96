import type { BackupRecord } from '../../backups/records';
import { StepError } from '../../engine/failures';
import type { Evidence } from '../../engine/records';
import { controlPlaneOf, runOnNode } from '../onNode';
import { runPlaybook } from '../runPlaybook';
import type { Context } from '../services';
import { digestOf, ETCD_STORE } from './fetchBackup';

async function wantedBackup(context: Context): Promise<BackupRecord> {
  const { services, operation, cluster } = context;
  const id = String(operation.input?.backup);
  const backup = await services.backups.get(id);
  if (!backup?.completedAt || backup.clusterId !== cluster.id)
    throw new StepError('KUBESMITH-BACKUP-GONE', { backup: id });
  return backup;
}

/** Brings what carries copies to the control plane, then the copy. Nothing that runs is touched. */
export async function bringBackup(context: Context): Promise<Evidence> {
  const { services, operation, progress } = context;
  const backup = await wantedBackup(context);
  if ((await digestOf(context, backup)) !== backup.sha256)
    throw new StepError('KUBESMITH-BACKUP-UNREADABLE', {
      detail: 'what was kept is not what was copied',
    });
  await runPlaybook(context, 'backup', { take_backup: false });
  const node = await controlPlaneOf(context);
  let at = 0;
  for (let position = 0; ; position++) {
    const piece = await services.backups.piece(backup, position);
    if (!piece) break;
    await context.journal(async () => {});
    await runOnNode(
      context,
      node,
      [ETCD_STORE, 'write', operation.id, at],
      piece.toString('base64'),
    );
    at += piece.length;
    progress({
      message: 'Bringing the copy to the control plane',
      percent: Math.round((at / backup.bytes) * 100),
    });
  }
  return { backup: backup.id, bytes: at };
}

/** Puts the copy in etcd's place. What was there stays on the node; it comes back when the copy does not come up. */
export async function restoreBackup(context: Context): Promise<Evidence> {
  const backup = await wantedBackup(context);
  try {
    const { changedTasks } = await runPlaybook(context, 'restore', {
      restore_sha256: backup.sha256,
    });
    return { backup: backup.id, takenAt: backup.takenAt, changedTasks };
  } catch (error) {
    // How far it came is not known here.
    await markGrants(context, backup);
    throw error;
  }
}

/** Kubeconfigs that were ended since the backup are in the copy as if they were not: they are to end once more. */
export async function endGrantsAgain(context: Context): Promise<Evidence> {
  const ended = await markGrants(context, await wantedBackup(context));
  if (ended > 0)
    context.event({
      message: `${ended} kubeconfigs that were revoked since are being revoked once more`,
    });
  return { grantsToEnd: ended };
}

async function markGrants(
  { cluster, journal, services }: Context,
  { completedAt, takenAt }: BackupRecord,
): Promise<number> {
  // Somewhere between the two the copy was made: what was made before and ended after either of them.
  return journal(
    async tx =>
      (await services.grants.endAgain(cluster.id, takenAt, tx)) +
      (await services.grants.endAgain(cluster.id, completedAt!, tx)),
  );
}
