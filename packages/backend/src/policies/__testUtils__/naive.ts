import type {
  PolicyRule,
  PolicyVerb,
} from '@kubesmith/plugin-kubesmith-common';
import type { RandomCase, clusters } from './randomPolicies';

type Cluster = (typeof clusters)[number];
type Case = Pick<RandomCase, 'document' | 'administrators' | 'subject'>;

const order = ['access-viewer', 'access-editor', 'access-administrator'];

/** Whether a rule is about a verb, as docs/staff/roles.md says. */
function isAbout(rule: PolicyRule, verb: PolicyVerb): boolean {
  if (rule.verbs.includes('all') || rule.verbs.includes(verb)) {
    return true;
  }
  return rule.verbs.some(
    named =>
      order.includes(named) &&
      order.includes(verb) &&
      (rule.effect === 'allow'
        ? order.indexOf(verb) < order.indexOf(named)
        : order.indexOf(verb) > order.indexOf(named)),
  );
}

/** Whether a rule speaks of a cluster. */
function matches(
  { where, whose, effect }: PolicyRule,
  verb: PolicyVerb,
  cluster: Cluster,
  { userRef, claims }: RandomCase['subject'],
): boolean {
  if (whose === 'shared') {
    const theirs = cluster.shares.filter(({ subject }) =>
      claims.includes(subject),
    );
    // A share gives kubeconfigs of its role and of lower ones; a denial counts for every share.
    const enough = theirs.filter(
      ({ role }) =>
        effect === 'deny' ||
        !order.includes(verb) ||
        order.indexOf(`access-${role}`) >= order.indexOf(verb),
    );
    if (enough.length === 0) return false;
  }
  if (whose === 'own' && cluster.owner !== userRef) return false;
  if (whose === 'groups' && !claims.includes(cluster.owner)) return false;
  if (typeof where !== 'object') return true;
  if (where.ownerGroups && !where.ownerGroups.includes(cluster.owner)) {
    return false;
  }
  if (where.environments === '$run-by-them') {
    return claims.includes(cluster.environmentOwner);
  }
  return (
    !where.environments || where.environments.includes(cluster.environment)
  );
}

/**
 * The answer, worked out from the words of the guide for staff: slowly, rule by rule, and with nothing of the product's own
 * evaluator.
 */
export function naive(
  { document, administrators, subject }: Case,
  verb: PolicyVerb,
  cluster: Cluster,
): boolean {
  if (
    verb !== 'read' &&
    verb !== 'create' &&
    !naive({ document, administrators, subject }, 'read', cluster)
  ) {
    return false;
  }
  let allowed = false;
  for (const role of document.roles) {
    const isMember = role.members.some(
      member =>
        member === '$everyone' ||
        subject.claims.includes(member) ||
        (member === '$administrators' &&
          administrators.some(ref => subject.claims.includes(ref))),
    );
    for (const rule of isMember ? role.rules : []) {
      if (isAbout(rule, verb) && matches(rule, verb, cluster, subject)) {
        if (rule.effect === 'deny') return false;
        allowed = true;
      }
    }
  }
  return allowed;
}
