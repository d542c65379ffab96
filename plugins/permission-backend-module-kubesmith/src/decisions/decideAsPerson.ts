import {
  AuthorizeResult,
  type Permission,
  type PolicyDecision,
} from '@backstage/plugin-permission-common';
import type {
  PolicyFacts,
  PolicyVerb,
} from '@kubesmith/plugin-kubesmith-common';
import type {
  DecisionExplanation,
  PersonDecisionsAnswer,
} from '@kubesmith/plugin-kubesmith-node';
import type { CatalogPeople } from '../people/CatalogPeople';
import type { PolicySource } from '../sources/PolicySource';
import { decidePermission } from './decidePermission';

/** Which rule of the policies gives a person's right, or takes it. */
export async function explainAsPerson(
  deps: { people: Pick<CatalogPeople, 'get'>; source: PolicySource },
  userRef: string,
  verb: PolicyVerb,
  facts: PolicyFacts,
): Promise<DecisionExplanation> {
  const [{ policies }, subject] = await Promise.all([
    deps.source.current(),
    deps.people.get(userRef),
  ]);
  if (!subject) return { allowed: false, because: 'nothing' };
  const decision = policies.of(subject).decide(verb, facts);
  const role = policies.document.roles.find(
    ({ name }) => name === decision.role?.name,
  );
  return {
    ...decision,
    ruleText:
      decision.rule === undefined ? undefined : role?.rules[decision.rule],
  };
}

const DENY: PolicyDecision = { result: AuthorizeResult.DENY };

/**
 * What a person may do who is not there to ask: the decisions that a sign-in of this moment would get. Whom the catalog does
 * not know may do nothing. For Kubesmith's own permissions only.
 */
export async function decideAsPerson(
  deps: { people: Pick<CatalogPeople, 'get'>; source: PolicySource },
  userRef: string,
  permissions: readonly Permission[],
): Promise<PersonDecisionsAnswer> {
  // One version for all questions.
  const [{ policies, version }, subject] = await Promise.all([
    deps.source.current(),
    deps.people.get(userRef),
  ]);
  if (!subject) {
    return {
      known: false,
      claims: [],
      version,
      decisions: permissions.map(() => DENY),
    };
  }
  const bound = policies.of(subject);
  return {
    known: true,
    claims: [...subject.claims],
    version,
    decisions: permissions.map(permission =>
      decidePermission(permission, bound, subject.userRef, DENY),
    ),
  };
}
