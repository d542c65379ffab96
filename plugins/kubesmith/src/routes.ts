import {
  createExternalRouteRef,
  createRouteRef,
  createSubRouteRef,
} from '@backstage/frontend-plugin-api';

/** The list of clusters. */
export const rootRouteRef = createRouteRef();

/** The page of one cluster, also before the catalog knows it. */
export const clusterRouteRef = createSubRouteRef({
  parent: rootRouteRef,
  path: '/clusters/:clusterId',
});

/** Orders that wait for an approver. */
export const requestsRouteRef = createSubRouteRef({
  parent: rootRouteRef,
  path: '/requests',
});

/** How much may be used at the same time. */
export const quotasRouteRef = createSubRouteRef({
  parent: rootRouteRef,
  path: '/quotas',
});

/** What scripts of the user sign in with. */
export const tokensRouteRef = createSubRouteRef({
  parent: rootRouteRef,
  path: '/tokens',
});

/** Where clusters live, for those who may change it. */
export const environmentsRouteRef = createSubRouteRef({
  parent: rootRouteRef,
  path: '/environments',
});

/** One environment. */
export const environmentRouteRef = createSubRouteRef({
  parent: rootRouteRef,
  path: '/environments/:name',
});

/** The form for a new environment; below `/environments` a name could be in its way. */
export const newEnvironmentRouteRef = createSubRouteRef({
  parent: rootRouteRef,
  path: '/new-environment',
});

/** Who did, or was refused, what. */
export const auditRouteRef = createSubRouteRef({
  parent: rootRouteRef,
  path: '/audit',
});

/** Where records and Proxmox do not agree. */
export const findingsRouteRef = createSubRouteRef({
  parent: rootRouteRef,
  path: '/findings',
});

/** Who may do what. */
export const accessRouteRef = createSubRouteRef({
  parent: rootRouteRef,
  path: '/access',
});

/** The form of a software template: orders and deletions are made with one. */
export const templateRouteRef = createExternalRouteRef({
  params: ['namespace', 'templateName'],
  defaultTarget: 'scaffolder.selectedTemplate',
});

/** A task of the scaffolder: the same operation as its template shows it. */
export const taskRouteRef = createExternalRouteRef({
  params: ['taskId'],
  defaultTarget: 'scaffolder.ongoingTask',
});
