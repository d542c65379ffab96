import { defineOperation } from '../engine/definitions';
import type { StepServices } from '../steps/services';

/** A cluster that goes to another owner. All of it happens in the transaction that records the wish. */
export const transferCluster = defineOperation<StepServices, 'transfer'>({
  kind: 'transfer',
  cancellable: false,
  retry: 'limited',
  outcome: { failed: 'before', cancelled: 'before' },
  steps: {},
});
