import type { GrantRole } from '@kubesmith/plugin-kubesmith-common';
import type { GrantRecord } from '../database/records';

/** The namespace of everything that grants need in a cluster. */
export const GRANTS_NAMESPACE = 'kubesmith-grants';

/** Reading nodes is part of no built-in role but the administrator's. */
const NODES_READER = 'kubesmith:nodes-reader';

/** The built-in roles behind ours. */
const clusterRoles: Record<GrantRole, string> = {
  viewer: 'view',
  editor: 'edit',
  administrator: 'cluster-admin',
};

type Manifest = Record<string, unknown>;
type GrantNames = Pick<
  GrantRecord,
  'id' | 'userRef' | 'role' | 'serviceAccount' | 'secretName'
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
  const bindings = [
    clusterRoles[grant.role],
    ...(grant.role === 'administrator' ? [] : [NODES_READER]),
  ];
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
    ...bindings.map(role => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: metadata(`${grant.serviceAccount}:${role}`),
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

function list(items: Manifest[]): Manifest {
  return { apiVersion: 'v1', kind: 'List', items };
}
