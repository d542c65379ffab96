import { defineOperation } from '../engine/definitions';
import {
  bringBackup,
  endGrantsAgain,
  restoreBackup,
} from '../steps/backups/restoreBackup';
import type { StepServices } from '../steps/services';
import { verifyCluster } from '../steps/verifyCluster';

/**
 * A cluster's objects as a backup has them. What could not be restored was put back on the node. Not stopped half-way: the node goes on
 * by itself, and revoked kubeconfigs that come back with the copy must end again.
 */
export const restoreClusterBackup = defineOperation<StepServices, 'restore'>({
  kind: 'restore',
  cancellable: false,
  retry: 'limited',
  outcome: { succeeded: 'ready', failed: 'before' },
  steps: {
    bring: { run: bringBackup, phase: 'updating' },
    restore: { run: restoreBackup, phase: 'updating' },
    kubeconfigs: { run: endGrantsAgain, phase: 'updating' },
    verify: { run: verifyCluster, phase: 'updating' },
  },
});
