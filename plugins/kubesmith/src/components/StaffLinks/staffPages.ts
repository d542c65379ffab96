import type { RouteRef, SubRouteRef } from '@backstage/frontend-plugin-api';
import type { BasicPermission } from '@backstage/plugin-permission-common';
import {
  auditReadPermission,
  environmentsManagePermission,
  quotasManagePermission,
} from '@kubesmith/plugin-kubesmith-common';
import {
  accessRouteRef,
  auditRouteRef,
  environmentsRouteRef,
  findingsRouteRef,
  quotasRouteRef,
  requestsRouteRef,
  rootRouteRef,
  tokensRouteRef,
} from '../../routes';

/** A page beside the list of clusters. */
export type StaffPage = {
  label: string;
  route: RouteRef | SubRouteRef;
  /** What one must be allowed for the link to be there; everybody sees it when missing. */
  permission?: BasicPermission;
  /** Only for those who look after an environment: whether they do, the API knows. */
  needsEnvironment?: boolean;
  /** Pages that belong to it beside those below its own path, as segments below the list of clusters. */
  alsoAt?: string;
};

/** The pages in their order. A new one is one line here and one in the Router. */
export const staffPages: readonly StaffPage[] = [
  { label: 'Clusters', route: rootRouteRef, alsoAt: 'clusters' },
  { label: 'Access', route: accessRouteRef },
  {
    label: 'Environments',
    route: environmentsRouteRef,
    permission: environmentsManagePermission,
    alsoAt: 'new-environment',
  },
  { label: 'Approvals', route: requestsRouteRef },
  { label: 'Quotas', route: quotasRouteRef },
  { label: 'Access tokens', route: tokensRouteRef },
  {
    label: 'Findings',
    route: findingsRouteRef,
    permission: quotasManagePermission,
    // Policies may let everybody manage the quotas of what they run, and most people run nothing.
    needsEnvironment: true,
  },
  { label: 'Audit', route: auditRouteRef, permission: auditReadPermission },
];
