import { defineOperation } from '../engine/definitions';
import { destroyMachines } from '../steps/removal/destroyMachines';
import { releaseCluster } from '../steps/removal/releaseCluster';
import type { StepServices } from '../steps/services';

/** From a cluster in any state to nothing but its history. It never gives up: half a deletion is of no use to anybody. */
export const deleteCluster = defineOperation<StepServices, 'delete'>({
  kind: 'delete',
  cancellable: false,
  retry: 'forever',
  steps: {
    destroy: { run: destroyMachines, phase: 'deleting' },
    release: { run: releaseCluster },
  },
});
