import { defineOperation } from '../engine/definitions';
import type { OperationRecord } from '../engine/records';
import {
  resizeControlPlane,
  resizeWorkers,
  settleSizes,
} from '../steps/resize/resizeNodes';
import type { StepServices } from '../steps/services';

/** What was decided when it was requested. */
export type ResizeInput = {
  size: string;
  /** Names of nodes. */
  workers: string[];
  controlPlanes: string[];
};

const inputOf = ({ input }: OperationRecord) => input as unknown as ResizeInput;

/** Machines with more or fewer processors and memory, one after the other. The cluster works all the time, but for its API at the end. */
export const resizeCluster = defineOperation<StepServices, 'resize'>({
  kind: 'resize',
  cancellable: true,
  retry: 'limited',
  outcome: { succeeded: 'ready', failed: 'ready', cancelled: 'ready' },
  steps: {
    workers: {
      run: resizeWorkers,
      isNeeded: operation => inputOf(operation).workers.length > 0,
      phase: 'updating',
    },
    'control-plane': {
      run: resizeControlPlane,
      isNeeded: operation => inputOf(operation).controlPlanes.length > 0,
      phase: 'updating',
    },
    settle: { run: settleSizes },
  },
});
