import { defineOperation } from '../engine/definitions';
import { fetchBackup } from '../steps/backups/fetchBackup';
import { takeBackup } from '../steps/backups/takeBackup';
import type { StepServices } from '../steps/services';

/** A copy of a cluster's etcd, kept outside of the cluster. Nothing in the cluster changes. */
export const backupCluster = defineOperation<StepServices, 'backup'>({
  kind: 'backup',
  cancellable: true,
  retry: 'limited',
  outcome: { succeeded: 'before', failed: 'before', cancelled: 'before' },
  steps: {
    copy: { run: takeBackup },
    fetch: { run: fetchBackup },
  },
});
