import {
  POLICY_VERBS,
  type Policies,
  type PolicyChange,
  type PolicyCondition,
  type PolicyPreview,
  type PolicySubject,
  type PolicyVerb,
  holds,
} from '@kubesmith/plugin-kubesmith-common';
import type { ClusterFacts } from './KubesmithRecords';

const MAX_CHANGES = 1000;

/** Verbs that do not need a cluster to exist. */
const WITHOUT_CLUSTER: ReadonlySet<PolicyVerb> = new Set([
  'create',
  'manage-quota',
  'manage-environment',
  'manage-pool',
  'manage-policy',
  'manage-portal',
  'read-audit',
]);

const same = (a: PolicyCondition, b: PolicyCondition) =>
  JSON.stringify(a) === JSON.stringify(b);

/**
 * Who gains and who loses which right on which existing clusters. For what needs no cluster (orders, the portal), whether
 * there is the right at all.
 */
export function previewChange(
  before: Policies,
  after: Policies,
  people: readonly PolicySubject[],
  clusters: readonly ClusterFacts[],
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
      if (WITHOUT_CLUSTER.has(verb)) {
        if ((old === false) !== (next === false)) {
          note({
            user: person.userRef,
            verb,
            change: next === false ? 'loses' : 'gains',
          });
        }
        continue;
      }
      for (const { cluster, facts } of clusters) {
        const may = holds(next, facts);
        if (may !== holds(old, facts)) {
          const { id, name, environment, owner } = cluster;
          note({
            user: person.userRef,
            verb,
            change: may ? 'gains' : 'loses',
            cluster: { id, name, environment, owner },
          });
        }
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
