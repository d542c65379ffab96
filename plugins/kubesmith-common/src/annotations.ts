/** Annotation with the id of the cluster record behind an entity. @public */
export const CLUSTER_ID_ANNOTATION = 'kubesmith.io/cluster-id';

/** Annotation with the full entity ref of who ordered a cluster. @public */
export const CREATED_BY_ANNOTATION = 'kubesmith.io/created-by';

/** Annotation with the time at which a cluster expires (ISO 8601). @public */
export const EXPIRES_AT_ANNOTATION = 'kubesmith.io/expires-at';

/** Annotation with the full entity ref of the group that runs the environment of a cluster. @public */
export const ENVIRONMENT_OWNER_ANNOTATION = 'kubesmith.io/environment-owner';

/** Key in the `spec` of a cluster's entity: the full entity refs of those with whom the cluster is shared. @public */
export const SHARED_WITH_SPEC = 'sharedWith';
/**
 * Label of a software template with what it does to clusters: `create` or `delete`. Who may not do that anywhere does not see
 * the template.
 * @public
 */
export const TEMPLATE_VERB_LABEL = 'kubesmith.io/verb';

/** Label with the environment of a cluster. @public */
export const ENVIRONMENT_LABEL = 'kubesmith.io/environment';

/** Label with the phase of a cluster. @public */
export const PHASE_LABEL = 'kubesmith.io/phase';

/** Label with who ordered a cluster, see {@link creatorLabelValue}. @public */
export const CREATOR_LABEL = 'kubesmith.io/creator';

/**
 * An entity ref as a label's value: `user:default/ada` becomes `user.default.ada`. A label knows neither colon nor slash
 * and ends after 63 characters; a ref that does not fit gives undefined, because half a name would match someone else.
 * @public
 */
export function creatorLabelValue(entityRef: string): string | undefined {
  const value = entityRef.replace(/[:/]/g, '.');
  return value.length <= 63 && /^[a-z0-9]([-a-z0-9_.]*[a-z0-9])?$/i.test(value)
    ? value
    : undefined;
}
