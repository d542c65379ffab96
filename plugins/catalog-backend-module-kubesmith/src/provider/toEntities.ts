import {
  ANNOTATION_LOCATION,
  ANNOTATION_ORIGIN_LOCATION,
  type ResourceEntity,
  type SystemEntity,
} from '@backstage/catalog-model';
import {
  CLUSTER_ENTITY_TYPE,
  CLUSTER_ID_ANNOTATION,
  CLUSTER_NAMESPACE,
  CREATED_BY_ANNOTATION,
  CREATOR_LABEL,
  type Cluster,
  type ClusterPhase,
  ENVIRONMENT_LABEL,
  ENVIRONMENT_OWNER_ANNOTATION,
  EXPIRES_AT_ANNOTATION,
  type Environment,
  PHASE_LABEL,
  SHARED_WITH_SPEC,
  clusterEntityName,
  creatorLabelValue,
  environmentEntityRef,
} from '@kubesmith/plugin-kubesmith-common';

/** A cluster in the catalog. */
export interface ClusterEntity extends ResourceEntity {
  spec: ResourceEntity['spec'] & {
    lifecycle: string;
    /** Missing when it is shared with nobody. */
    [SHARED_WITH_SPEC]?: string[];
  };
}

/** What Backstage's Kubernetes plugin reads. Its own locator also wants an auth provider, which ours will bring. */
const API_SERVER_ANNOTATION = 'kubernetes.io/api-server';
const API_SERVER_CA_ANNOTATION =
  'kubernetes.io/api-server-certificate-authority';

const lifecycles: Partial<Record<ClusterPhase, string>> = {
  ready: 'production',
  deleting: 'deprecated',
  deleted: 'deprecated',
};

/**
 * A cluster as a resource: whatever a policy may match is mirrored in it.
 *
 * @param environmentOwner - entity ref of who runs the cluster's environment
 */
export function toClusterEntity(
  cluster: Cluster,
  environmentOwner?: string,
): ClusterEntity {
  const creator = creatorLabelValue(cluster.createdBy);
  return {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Resource',
    metadata: {
      namespace: CLUSTER_NAMESPACE,
      name: clusterEntityName(cluster),
      title: cluster.name,
      description: describe(cluster),
      annotations: {
        ...location(cluster.id),
        [CLUSTER_ID_ANNOTATION]: cluster.id,
        [CREATED_BY_ANNOTATION]: cluster.createdBy,
        [EXPIRES_AT_ANNOTATION]: cluster.expiresAt,
        ...(environmentOwner && {
          [ENVIRONMENT_OWNER_ANNOTATION]: environmentOwner,
        }),
        [API_SERVER_ANNOTATION]: cluster.apiServerUrl,
        ...(cluster.apiServerCa && {
          [API_SERVER_CA_ANNOTATION]: Buffer.from(cluster.apiServerCa).toString(
            'base64',
          ),
        }),
      },
      labels: {
        [ENVIRONMENT_LABEL]: cluster.environment,
        [PHASE_LABEL]: cluster.phase,
        ...(creator && { [CREATOR_LABEL]: creator }),
      },
      tags: [
        `kubernetes-${cluster.spec.kubernetesVersion
          .split('.')
          .slice(0, 2)
          .join('-')}`,
        cluster.spec.cni,
        `size-${cluster.spec.size}`,
      ]
        .map(toTag)
        .filter(tag => tag !== ''),
      links: [{ url: cluster.apiServerUrl, title: 'Kubernetes API' }],
    },
    spec: {
      type: CLUSTER_ENTITY_TYPE,
      owner: cluster.owner,
      system: environmentEntityRef(cluster.environment),
      lifecycle: lifecycles[cluster.phase] ?? 'experimental',
      ...(cluster.sharedWith && {
        [SHARED_WITH_SPEC]: [
          ...new Set(cluster.sharedWith.map(({ subject }) => subject)),
        ],
      }),
    },
  };
}

/** An environment as a system. */
export function toEnvironmentEntity(environment: Environment): SystemEntity {
  return {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'System',
    metadata: {
      name: environment.name,
      title: environment.title,
      description: environment.description,
      annotations: location(`environment/${environment.name}`),
      labels: { [ENVIRONMENT_LABEL]: environment.name },
    },
    spec: { owner: environment.owner, type: 'kubernetes-environment' },
  };
}

/** Without both of these the catalog drops an entity without a word. */
function location(id: string): Record<string, string> {
  return {
    [ANNOTATION_LOCATION]: `kubesmith:${id}`,
    [ANNOTATION_ORIGIN_LOCATION]: `kubesmith:${id}`,
  };
}

function describe({ spec }: Cluster): string {
  const workers =
    spec.workers === 1 ? '1 worker' : `${spec.workers || 'no'} workers`;
  return `Kubernetes ${spec.kubernetesVersion}, ${spec.controlPlanes} control plane and ${workers}, size ${spec.size}`;
}

/** The catalog's tags know lower-case letters, digits and single hyphens, at most 63. */
function toTag(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-|-$/g, '');
}
