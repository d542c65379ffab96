import type {
  PolicyDecision,
  ResourcePermission,
} from '@backstage/plugin-permission-common';
import {
  createScaffolderTaskConditionalDecision,
  scaffolderTaskConditions,
} from '@backstage/plugin-scaffolder-backend/alpha';
import type { RESOURCE_TYPE_SCAFFOLDER_TASK } from '@backstage/plugin-scaffolder-common/alpha';
import type { Subject } from './Subject';

/** Tasks of the scaffolder, with their logs: only for who created them. */
export function decideTask(
  permission: ResourcePermission<typeof RESOURCE_TYPE_SCAFFOLDER_TASK>,
  { userEntityRef }: Subject,
): PolicyDecision {
  return createScaffolderTaskConditionalDecision(
    permission,
    scaffolderTaskConditions.isTaskOwner({ createdBy: [userEntityRef] }),
  );
}
