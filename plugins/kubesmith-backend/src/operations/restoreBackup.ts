import { defineOperation } from '../engine/definitions';
import {
  bringBackup,
  endGrantsAgain,
  restoreBackup,
} from '../steps/backups/restoreBackup';
import type { StepServices } from '../steps/services';
import { verifyCluster } from '../steps/verifyCluster';

/** A cluster's objects as a backup has them. What could not be restored was put back on the node. */
export const restoreClusterBackup = defineOperation<StepServices, 'restore'>({
  kind: 'restore',
  cancellable: true,
  retry: 'limited',
  outcome: { succeeded: 'ready', failed: 'before', cancelled: 'before' },
  steps: {
    bring: { run: bringBackup, phase: 'updating' },
    restore: { run: restoreBackup, phase: 'updating' },
    kubeconfigs: { run: endGrantsAgain, phase: 'updating' },
    verify: { run: verifyCluster, phase: 'updating' },
  },
});
