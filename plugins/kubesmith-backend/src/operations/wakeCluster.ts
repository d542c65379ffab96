import { defineOperation } from '../engine/definitions';
import {
  startControlPlane,
  startWorkers,
  verifyAwake,
} from '../steps/power/wake';
import type { StepServices } from '../steps/services';

/** From a cluster that sleeps to one that can be used. */
export const wakeCluster = defineOperation<StepServices, 'wake'>({
  kind: 'wake',
  cancellable: true,
  retry: 'limited',
  outcome: { succeeded: 'ready', failed: 'failed', cancelled: 'failed' },
  steps: {
    'control-plane': { run: startControlPlane, phase: 'waking' },
    workers: { run: startWorkers },
    verify: { run: verifyAwake },
  },
});
