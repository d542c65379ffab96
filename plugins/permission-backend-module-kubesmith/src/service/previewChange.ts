import {
  POLICY_VERBS,
  type Policies,
  type PolicyChange,
  type PolicyCondition,
  type PolicyFacts,
  type PolicyPreview,
  type PolicySubject,
  type PolicyVerb,
  holds,
} from '@kubesmith/plugin-kubesmith-common';
import type { ClusterFacts, EnvironmentFacts } from './KubesmithRecords';

const MAX_CHANGES = 1000;

/** Verbs that are decided for an environment. */
export const ENVIRONMENT_VERBS: readonly PolicyVerb[] = [
  'create',
  'manage-quota',
  'manage-environment',
];

/** Verbs that hold for the whole portal. */
const PORTAL_VERBS: readonly PolicyVerb[] = [
  'manage-pool',
  'manage-policy',
  'manage-portal',
  'read-audit',
];

const same = (a: PolicyCondition, b: PolicyCondition) =>
  JSON.stringify(a) === JSON.stringify(b);

/**
 * Who gains and who loses which right on which existing clusters, in which environments, and on the portal. A right to
 * order is one to order anything there: limits of size and version are not looked at.
 */
export function previewChange(
  before: Policies,
  after: Policies,
  people: readonly PolicySubject[],
  clusters: readonly ClusterFacts[],
  environments: readonly EnvironmentFacts[],
): PolicyPreview {
  const changes: PolicyChange[] = [];
  let total = 0;
  const note = (change: PolicyChange) => {
    total++;
    if (changes.length < MAX_CHANGES) {
      changes.push(change);
    }
  };
  for (const person of people) {
    const [was, will] = [before.of(person), after.of(person)];
    for (const verb of POLICY_VERBS) {
      const [old, next] = [was.conditionOf(verb), will.conditionOf(verb)];
      if (same(old, next)) {
        continue;
      }
      const user = person.userRef;
      const compare = (
        facts: PolicyFacts,
        about: Pick<PolicyChange, 'cluster' | 'environment'>,
      ) => {
        const may = holds(next, facts);
        if (may !== holds(old, facts)) {
          note({ user, verb, change: may ? 'gains' : 'loses', ...about });
        }
      };
      if (PORTAL_VERBS.includes(verb)) {
        note({ user, verb, change: next === false ? 'loses' : 'gains' });
        continue;
      }
      if (ENVIRONMENT_VERBS.includes(verb)) {
        environments.forEach(({ name, factsFor }) =>
          compare(factsFor(user), { environment: name }),
        );
        continue;
      }
      for (const { cluster, facts } of clusters) {
        const { id, name, environment, owner } = cluster;
        compare(facts, { cluster: { id, name, environment, owner } });
      }
    }
  }
  return {
    changes,
    total,
    users: people.length,
    clusters: clusters.length,
    managers: people.filter(
      person => after.of(person).decide('manage-policy').allowed,
    ).length,
  };
}
