import { defineOperation } from '../engine/definitions';
import { tellOwners } from '../steps/tellOwners';
import type { StepServices } from '../steps/services';

/** A cluster that goes to another owner: that happens in the transaction that records the wish. Then both are told. */
export const transferCluster = defineOperation<StepServices, 'transfer'>({
  kind: 'transfer',
  cancellable: false,
  retry: 'limited',
  outcome: { failed: 'before', cancelled: 'before' },
  steps: { tell: { run: tellOwners } },
});
