import { createHash } from 'node:crypto';
import type { BackupRecord } from '../../backups/records';
import { StepError } from '../../engine/failures';
import type { Evidence } from '../../engine/records';
import { controlPlaneOf, runOnNode } from '../onNode';
import type { Context } from '../services';
import { readCopy } from './takeBackup';

/** What `etcd-store read` gives at once (ansible/roles/etcd_backup/files/etcd-store). */
export const PIECE_BYTES = 4 * 1024 * 1024;

/** The program on the control plane that copies are carried with (ansible/roles/etcd_backup). */
export const ETCD_STORE = '/usr/local/lib/kubesmith/etcd-store';

/**
 * Fetches the copy that the control plane made, piece by piece, each in a transaction of its own: what is here after a crash stays.
 * Then proves that it is whole, and removes it there.
 */
export async function fetchBackup(context: Context): Promise<Evidence> {
  const { services, cluster, operation, journal, progress, event } = context;
  const { backups, clusters } = services;
  const copy = readCopy(
    operation.steps.find(({ evidence }) => readCopy(evidence))?.evidence,
  );
  if (!copy)
    throw new StepError('KUBESMITH-BACKUP-UNREADABLE', {
      detail: 'nobody knows what was copied',
    });
  const node = await controlPlaneOf(context);
  const backup: BackupRecord = {
    id: operation.id,
    clusterId: cluster.id,
    initiator: operation.initiator,
    takenAt: copy.takenAt,
    sha256: copy.sha256,
    bytes: copy.bytes,
    keys: copy.keys,
    etcdVersion: copy.etcd,
    kubernetesVersion: cluster.spec.kubernetesVersion,
    controlPlanes: (await clusters.liveNodes(cluster.id))
      .filter(({ role }) => role === 'control-plane')
      .map(({ name }) => name),
  };
  await journal(tx => backups.begin(tx, backup));

  let { bytes, next } = await backups.progress(backup.id);
  while (bytes < backup.bytes) {
    const said = await runOnNode(context, node, [
      ETCD_STORE,
      'read',
      backup.id,
      bytes,
    ]);
    const piece = Buffer.from(said, 'base64');
    // Small pieces would keep a worker busy for as long as a node likes.
    if (piece.length !== Math.min(PIECE_BYTES, backup.bytes - bytes))
      throw new StepError('KUBESMITH-BACKUP-UNREADABLE', {
        detail: `the copy on ${node.name} is not as long as it said`,
      });
    const position = next;
    await journal(tx => backups.putPiece(tx, backup, position, piece));
    bytes += piece.length;
    next += 1;
    progress({
      message: `Fetching the copy of etcd`,
      percent: Math.round((bytes / backup.bytes) * 100),
    });
  }
  if ((await digestOf(context, backup)) !== backup.sha256)
    throw new StepError('KUBESMITH-BACKUP-UNREADABLE', {
      detail: 'what arrived is not what was copied',
    });
  await journal(tx => backups.complete(tx, backup));
  await runOnNode(context, node, [ETCD_STORE, 'remove', backup.id]);
  event({
    message: `Kept ${backup.keys} objects in ${backup.bytes} bytes (etcd ${backup.etcdVersion})`,
  });
  return { backup: backup.id, bytes: backup.bytes, keys: backup.keys };
}

/** SHA-256 of what is kept, hexadecimal. */
export async function digestOf(
  { services: { backups } }: Context,
  backup: Pick<BackupRecord, 'id' | 'clusterId'>,
): Promise<string> {
  const digest = createHash('sha256');
  for (let position = 0; ; position++) {
    const piece = await backups.piece(backup, position);
    if (!piece) return digest.digest('hex');
    digest.update(piece);
  }
}
