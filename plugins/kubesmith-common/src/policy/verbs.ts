/** What may be done with a cluster. The three kinds of access stand from the least to the most. */
const CLUSTER_VERBS = [
  'create',
  'read',
  'scale',
  'upgrade',
  'extend',
  'hibernate',
  'snapshot',
  'share',
  'access-viewer',
  'access-editor',
  'access-administrator',
  'delete',
  'approve',
] as const;

/** What may be done with an environment. */
const ENVIRONMENT_VERBS = ['manage-quota', 'manage-environment'] as const;

/** What changes the portal for everybody. */
const PORTAL_VERBS = [
  'read-audit',
  'manage-pool',
  'manage-policy',
  'manage-portal',
] as const;

/** Every verb that a policy may name. @public */
export const POLICY_VERBS = [
  ...CLUSTER_VERBS,
  ...ENVIRONMENT_VERBS,
  ...PORTAL_VERBS,
] as const;

/** A verb of {@link POLICY_VERBS}. @public */
export type PolicyVerb = (typeof POLICY_VERBS)[number];

/** What a rule may write for every verb on clusters. @public */
export const ALL_CLUSTER_VERBS = 'all';

const clusterVerbs: ReadonlySet<string> = new Set(CLUSTER_VERBS);
const portalVerbs: ReadonlySet<string> = new Set(PORTAL_VERBS);

/** Whether a verb is about clusters: then it matters whose the cluster is. */
export function isClusterVerb(verb: string): boolean {
  return clusterVerbs.has(verb);
}

/** Whether a verb holds for the whole portal: then neither place nor owner matters. */
export function isPortalVerb(verb: string): boolean {
  return portalVerbs.has(verb);
}

const ACCESS: readonly PolicyVerb[] = [
  'access-viewer',
  'access-editor',
  'access-administrator',
];

/**
 * The verbs that a rule means: `all` is every verb on clusters; who may have a kubeconfig as administrator may have one as
 * viewer too, and who is refused one as viewer is refused all of them.
 */
export function expandVerbs(
  verbs: readonly (PolicyVerb | typeof ALL_CLUSTER_VERBS)[],
  effect: 'allow' | 'deny',
): PolicyVerb[] {
  const meant = new Set<PolicyVerb>();
  for (const verb of verbs) {
    const level = ACCESS.indexOf(verb as PolicyVerb);
    if (verb === ALL_CLUSTER_VERBS) {
      CLUSTER_VERBS.forEach(each => meant.add(each));
    } else if (level < 0) {
      meant.add(verb);
    } else {
      (effect === 'allow'
        ? ACCESS.slice(0, level + 1)
        : ACCESS.slice(level)
      ).forEach(each => meant.add(each));
    }
  }
  return [...meant];
}
