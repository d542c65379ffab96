import type { TemplateAction } from '@backstage/plugin-scaffolder-node';
import type { ActionDeps } from '../steps/followStep';
import { createActivateClusterAction } from './activateCluster';
import { createAnsiblePlaybookAction } from './ansiblePlaybook';
import { createDeleteClusterAction } from './deleteCluster';
import { createFollowOperationAction } from './followOperation';
import { createKubectlAction } from './kubectl';
import { createReleaseClusterAction } from './releaseCluster';
import { createReserveClusterAction } from './reserveCluster';
import { createStartOperationAction } from './startOperation';
import { createTerraformApplyAction } from './terraformApply';
import { createTerraformDestroyAction } from './terraformDestroy';

/** All actions of Kubesmith, in the order in which templates use them. */
export function createKubesmithActions(
  deps: ActionDeps,
): TemplateAction<any, any, any>[] {
  return [
    createReserveClusterAction(deps),
    createTerraformApplyAction(deps),
    createAnsiblePlaybookAction(deps),
    createKubectlAction(deps),
    createActivateClusterAction(deps),
    createDeleteClusterAction(deps),
    createTerraformDestroyAction(deps),
    createReleaseClusterAction(deps),
    createStartOperationAction(deps),
    createFollowOperationAction(deps),
  ];
}
