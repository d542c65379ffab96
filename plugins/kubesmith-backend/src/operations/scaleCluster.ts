import { defineOperation } from '../engine/definitions';
import type { OperationRecord } from '../engine/records';
import {
  createWorkers,
  joinWorkers,
  verifyWorkers,
} from '../steps/scale/addWorkers';
import { drainWorkers } from '../steps/scale/drainWorkers';
import { comingWorkers, scaleInput } from '../steps/scale/input';
import { removeWorkers } from '../steps/scale/removeWorkers';
import type { StepServices } from '../steps/services';

const somebodyComes = (operation: OperationRecord) =>
  comingWorkers(operation).length > 0;
const somebodyLeaves = (operation: OperationRecord) =>
  scaleInput(operation).removed.length > 0;

/**
 * More workers, or fewer, or others. Who comes comes first, so that Pods of those who leave have where to go. The cluster works all
 * the time, also when it fails: what is half done then is finished by whoever scales next. One that was not ready before is looked
 * at as a whole when it is over.
 */
export const scaleCluster = defineOperation<StepServices, 'scale'>({
  kind: 'scale',
  cancellable: true,
  retry: 'limited',
  outcome: { succeeded: 'ready', failed: 'before', cancelled: 'before' },
  steps: {
    machines: {
      run: createWorkers,
      isNeeded: somebodyComes,
      phase: 'updating',
    },
    kubernetes: { run: joinWorkers, isNeeded: somebodyComes },
    verify: { run: verifyWorkers, isNeeded: somebodyComes },
    drain: { run: drainWorkers, isNeeded: somebodyLeaves, phase: 'updating' },
    remove: { run: removeWorkers, isNeeded: somebodyLeaves },
  },
});
