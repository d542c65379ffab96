import type { OperationKind } from '@kubesmith/plugin-kubesmith-common';
import type { OperationDefinition } from '../engine/definitions';
import type { StepServices } from '../steps/services';
import { backupCluster } from './backupCluster';
import { createCluster } from './createCluster';
import { deleteCluster } from './deleteCluster';
import { renewClusterCertificates } from './renewClusterCertificates';
import { repairCluster } from './repairCluster';
import { hibernateCluster } from './hibernateCluster';
import { resizeCluster } from './resizeCluster';
import { scaleCluster } from './scaleCluster';
import {
  removeClusterSnapshot,
  rollBackCluster,
  snapshotCluster,
} from './snapshotCluster';
import { restoreClusterBackup } from './restoreBackup';
import { transferCluster } from './transferCluster';
import { upgradeCluster } from './upgradeCluster';
import { wakeCluster } from './wakeCluster';

/** What each kind of operation does, step by step. */
export const operationDefinitions: Record<
  OperationKind,
  OperationDefinition<StepServices>
> = {
  create: createCluster,
  delete: deleteCluster,
  transfer: transferCluster,
  snapshot: snapshotCluster,
  rollback: rollBackCluster,
  'remove-snapshot': removeClusterSnapshot,
  hibernate: hibernateCluster,
  wake: wakeCluster,
  repair: repairCluster,
  renew: renewClusterCertificates,
  upgrade: upgradeCluster,
  backup: backupCluster,
  restore: restoreClusterBackup,
  scale: scaleCluster,
  resize: resizeCluster,
};
