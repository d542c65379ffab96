import type { ActionDeps } from '../steps/followStep';
import { createStepAction } from './createStepAction';
import { examples } from './kubectl.examples';

/** Creates the action `kubesmith:kubectl`: checks the cluster with kubectl. */
export function createKubectlAction(deps: ActionDeps) {
  return createStepAction(deps, {
    id: 'kubesmith:kubectl',
    description:
      'Checks an ordered cluster with kubectl: every node is ready in the ordered version, DNS runs.',
    examples,
    step: 'verify',
  });
}
