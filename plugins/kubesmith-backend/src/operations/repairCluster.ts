import { defineOperation } from '../engine/definitions';
import { repairNodes } from '../steps/repairNodes';
import type { StepServices } from '../steps/services';
import { verifyCluster } from '../steps/verifyCluster';

/** A cluster that was ready once and is not as it should be. What could not be mended leaves it in the state that it had. */
export const repairCluster = defineOperation<StepServices, 'repair'>({
  kind: 'repair',
  cancellable: true,
  retry: 'limited',
  outcome: { succeeded: 'ready', failed: 'before', cancelled: 'before' },
  steps: {
    kubernetes: { run: repairNodes, phase: 'updating' },
    verify: { run: verifyCluster, phase: 'updating' },
  },
});
