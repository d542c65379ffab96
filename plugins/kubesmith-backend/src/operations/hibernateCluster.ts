import { defineOperation } from '../engine/definitions';
import { stopControlPlane, stopWorkers } from '../steps/power/hibernate';
import type { StepServices } from '../steps/services';

/** From a cluster that runs to one that keeps its disks and addresses and uses nothing else. */
export const hibernateCluster = defineOperation<StepServices, 'hibernate'>({
  kind: 'hibernate',
  cancellable: true,
  retry: 'limited',
  // Half-way, some of its machines are off: it can be woken, or sent to sleep once more.
  outcome: { succeeded: 'hibernated', failed: 'failed', cancelled: 'failed' },
  steps: {
    workers: { run: stopWorkers, phase: 'hibernating' },
    'control-plane': { run: stopControlPlane },
  },
});
