import type { ActionDeps } from '../steps/followStep';
import { createStepAction } from './createStepAction';
import { examples } from './releaseCluster.examples';

/** Creates the action `kubesmith:cluster:release`: gives back what was reserved. */
export function createReleaseClusterAction(deps: ActionDeps) {
  return createStepAction(deps, {
    id: 'kubesmith:cluster:release',
    description:
      'Gives back name, addresses and machine ids of a cluster whose machines are gone.',
    examples,
    step: 'release',
  });
}
