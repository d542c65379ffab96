import { defineOperation } from '../engine/definitions';
import { activateCluster } from '../steps/activateCluster';
import { installKubernetes } from '../steps/installKubernetes';
import { createMachines } from '../steps/machines/createMachines';
import type { StepServices } from '../steps/services';
import { verifyCluster } from '../steps/verifyCluster';

/** From a reserved record to a cluster that somebody can use. */
export const createCluster = defineOperation<StepServices, 'create'>({
  kind: 'create',
  cancellable: true,
  retry: 'limited',
  steps: {
    machines: { run: createMachines, phase: 'provisioning' },
    kubernetes: { run: installKubernetes, phase: 'bootstrapping' },
    verify: { run: verifyCluster, phase: 'verifying' },
    activate: { run: activateCluster },
  },
});
