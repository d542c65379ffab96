import {
  AuthorizeResult,
  type Permission,
  type PolicyDecision,
} from '@backstage/plugin-permission-common';
import {
  catalogEntityCreatePermission,
  catalogEntityDeletePermission,
  catalogIngestionManagePermission,
  catalogLocationCreatePermission,
  catalogLocationDeletePermission,
} from '@backstage/plugin-catalog-common/alpha';
import {
  templateDryRunPermission,
  templateManagementPermission,
} from '@backstage/plugin-scaffolder-common/alpha';
import { clusterCreatePermission } from '@kubesmith/plugin-kubesmith-common';

/**
 * What changes the portal for everybody. Templates are programs that run in the backend, so who could bring one in, or
 * have one of their own tried out, could run it.
 */
export const ADMINISTRATORS_ONLY: ReadonlySet<string> = new Set(
  [
    catalogEntityCreatePermission,
    catalogEntityDeletePermission,
    catalogIngestionManagePermission,
    catalogLocationCreatePermission,
    catalogLocationDeletePermission,
    templateDryRunPermission,
    templateManagementPermission,
  ].map(permission => permission.name),
);

/**
 * All the rest. Anybody may order; the backend then looks at the environment. A permission of ours that nobody decided
 * about is refused; other plugins behave for signed-in people as in a portal without a policy.
 */
export function decideOther(permission: Permission): PolicyDecision {
  const refused =
    permission.name.startsWith('kubesmith.') &&
    permission.name !== clusterCreatePermission.name;
  return { result: refused ? AuthorizeResult.DENY : AuthorizeResult.ALLOW };
}
