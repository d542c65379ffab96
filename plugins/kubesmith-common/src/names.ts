/** What the name of a cluster looks like; it becomes part of machine names, so it is a DNS label. @public */
export const CLUSTER_NAME_PATTERN = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;

/** What the name of an environment looks like. @public */
export const ENVIRONMENT_NAME_PATTERN = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;

/** Longest reason of an order, in characters. @public */
export const MAX_REASON_LENGTH = 500;

/**
 * What a reason, of an order or of a deletion, may be: one line without control characters and marks that turn the direction
 * of writing. It is shown in lists and logs, whose other entries it must not look like.
 * @public
 */
export const REASON_PATTERN = /^[^\p{Cc}\u2028-\u202e\u2066-\u2069]{0,500}$/u;

/** Most workers that any environment may offer. @public */
export const MAX_WORKERS = 19;

/** The catalog's limit for the name of an entity, in characters. */
const MAX_ENTITY_NAME_LENGTH = 63;

/** The catalog namespace of all clusters. @public */
export const CLUSTER_NAMESPACE = 'kubesmith';

/** `spec.type` of a cluster's entity. @public */
export const CLUSTER_ENTITY_TYPE = 'kubernetes-cluster';

/**
 * How long a cluster's name may be in an environment: its entity is named `<environment>.<name>` and the catalog has a
 * limit.
 * @public
 */
export function maxClusterNameLength(environment: string): number {
  return Math.min(40, MAX_ENTITY_NAME_LENGTH - environment.length - 1);
}

/** The name of a cluster's entity: `<environment>.<name>`. @public */
export function clusterEntityName(cluster: {
  environment: string;
  name: string;
}): string {
  return `${cluster.environment}.${cluster.name}`;
}

/** The entity ref of a cluster: `resource:kubesmith/<environment>.<name>`. @public */
export function clusterEntityRef(cluster: {
  environment: string;
  name: string;
}): string {
  return `resource:${CLUSTER_NAMESPACE}/${clusterEntityName(cluster)}`;
}

/** The entity ref of an environment: `system:default/<environment>`. @public */
export function environmentEntityRef(environment: string): string {
  return `system:default/${environment}`;
}

/** The stable name of a node: `<cluster>-cp-1`, `<cluster>-w-3`. @public */
export function nodeName(
  cluster: string,
  role: 'control-plane' | 'worker',
  index: number,
): string {
  return `${cluster}-${role === 'control-plane' ? 'cp' : 'w'}-${index}`;
}
