import type { ActionDeps } from '../steps/followStep';
import { createStepAction } from './createStepAction';
import { examples } from './terraformDestroy.examples';

/** Creates the action `kubesmith:terraform:destroy`: removes the machines. */
export function createTerraformDestroyAction(deps: ActionDeps) {
  return createStepAction(deps, {
    id: 'kubesmith:terraform:destroy',
    description:
      'Removes the machines and disks of a cluster with Terraform, and makes sure that they are gone.',
    examples,
    step: 'destroy',
  });
}
