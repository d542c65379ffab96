import { defineOperation } from '../engine/definitions';
import type { StepServices } from '../steps/services';
import { removeSnapshot } from '../steps/snapshots/removeSnapshot';
import {
  rollBackMachines,
  startAfterRollBack,
  verifyAfterRollBack,
} from '../steps/snapshots/rollBack';
import { takeSnapshot } from '../steps/snapshots/takeSnapshot';

/** Keeps what all machines of a cluster have on their disks at one moment. The cluster goes on. */
export const snapshotCluster = defineOperation<StepServices, 'snapshot'>({
  kind: 'snapshot',
  cancellable: true,
  retry: 'limited',
  outcome: { failed: 'before', cancelled: 'before' },
  steps: { snapshot: { run: takeSnapshot } },
});

/** Puts a whole cluster back to a snapshot. Half-way it is of no use, so it is not stopped. Refused before that, it is as it was. */
export const rollBackCluster = defineOperation<StepServices, 'rollback'>({
  kind: 'rollback',
  cancellable: false,
  retry: 'limited',
  outcome: { succeeded: 'ready', failed: 'failed' },
  steps: {
    'roll-back': { run: rollBackMachines, phase: 'restoring' },
    start: { run: startAfterRollBack, phase: 'restoring' },
    verify: { run: verifyAfterRollBack, phase: 'verifying' },
  },
});

/** Removes a snapshot. */
export const removeClusterSnapshot = defineOperation<
  StepServices,
  'remove-snapshot'
>({
  kind: 'remove-snapshot',
  cancellable: true,
  retry: 'limited',
  outcome: { failed: 'before', cancelled: 'before' },
  steps: { remove: { run: removeSnapshot } },
});
