import type { GrantRole } from '@kubesmith/plugin-kubesmith-common';
import type { GrantRecord } from '../database/records';

/** The namespace of everything that grants need in a cluster. */
export const GRANTS_NAMESPACE = 'kubesmith-grants';

/** Reading nodes is part of no built-in role but the administrator's. */
const NODES_READER = 'kubesmith:nodes-reader';

/** The built-in roles behind ours, in the whole cluster. */
const clusterRoles: Record<GrantRole, string> = {
  viewer: 'view',
  editor: 'edit',
  administrator: 'cluster-admin',
};

/** The same within a namespace: there an administrator may do everything with what is in it. */
const namespaceRoles: Record<GrantRole, string> = {
  ...clusterRoles,
  administrator: 'admin',
};

type Manifest = Record<string, unknown>;
type GrantNames = Pick<
  GrantRecord,
  'id' | 'userRef' | 'role' | 'namespaces' | 'serviceAccount' | 'secretName'
>;

/** What `kubectl apply -f -` takes to make the objects of a grant: shared ones first, then its own. */
export function grantManifests(grant: GrantNames): Manifest {
  return list([
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: GRANTS_NAMESPACE },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: NODES_READER },
      rules: [
        {
          apiGroups: [''],
          resources: ['nodes'],
          verbs: ['get', 'list', 'watch'],
        },
      ],
    },
    ...ownManifests(grant),
  ]);
}

/** What `kubectl delete -f -` takes to remove the objects of a grant. The Secret goes first: with it the token dies. */
export function grantRemoval(grant: GrantNames): Manifest {
  return list(ownManifests(grant));
}

function ownManifests(grant: GrantNames): Manifest[] {
  const metadata = (name: string, namespace?: string) => ({
    name,
    namespace,
    labels: { 'kubesmith.io/grant': grant.id },
    annotations: { 'kubesmith.io/user': grant.userRef },
  });
  if (!Object.hasOwn(clusterRoles, grant.role))
    throw new Error(`${JSON.stringify(grant.role)} is not a role of a grant`);
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata(grant.secretName, GRANTS_NAMESPACE),
      type: 'kubesmith.io/grant',
    },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: metadata(grant.serviceAccount, GRANTS_NAMESPACE),
      automountServiceAccountToken: false,
    },
    ...bindingsOf(grant).map(({ role, namespace }) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: namespace ? 'RoleBinding' : 'ClusterRoleBinding',
      metadata: metadata(`${grant.serviceAccount}:${role}`, namespace),
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: role,
      },
      subjects: [
        {
          kind: 'ServiceAccount',
          name: grant.serviceAccount,
          namespace: GRANTS_NAMESPACE,
        },
      ],
    })),
  ];
}

/** Which role the grant has where; without a namespace in the whole cluster. */
function bindingsOf(grant: GrantNames): { role: string; namespace?: string }[] {
  if (grant.namespaces) {
    const role = namespaceRoles[grant.role];
    return grant.namespaces.map(namespace => ({ role, namespace }));
  }
  const role = clusterRoles[grant.role];
  return grant.role === 'administrator'
    ? [{ role }]
    : [{ role }, { role: NODES_READER }];
}

function list(items: Manifest[]): Manifest {
  return { apiVersion: 'v1', kind: 'List', items };
}
