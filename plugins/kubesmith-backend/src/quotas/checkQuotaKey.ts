import {
  type FieldProblem,
  type QuotaScope,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import { readEntityRef } from '../orders/readEntityRef';
import { type KnownPeople, subjectProblem } from '../people/subjectProblem';
import type { QuotaKey } from './QuotaStore';

/** The kind of entity that a scope needs as its subject. */
const kinds = {
  environment: undefined,
  group: 'group',
  'each-member': 'group',
  'each-person': undefined,
  person: 'user',
} as const satisfies Record<QuotaScope, 'group' | 'user' | undefined>;

/** The subject of a quota in its one spelling, or what is wrong with it. */
export async function checkSubject(
  { scope, subject }: Pick<QuotaKey, 'scope' | 'subject'>,
  people: KnownPeople,
): Promise<{ subject?: string; problem?: FieldProblem }> {
  const kind = kinds[scope];
  const wrong = (detail: string) => ({
    problem: fieldProblem('subject', 'KUBESMITH-QUOTA-SUBJECT', {
      scope,
      detail,
    }),
  });
  if (!kind) return subject ? wrong('names nobody') : {};
  if (!subject) return wrong(`needs a ${kind}`);
  const ref = readEntityRef(subject);
  if (!ref?.startsWith(`${kind}:`)) {
    return wrong(`needs a ${kind}, written as ${kind}:NAMESPACE/NAME`);
  }
  const problem = await subjectProblem(people, ref);
  return problem ? { problem } : { subject: ref };
}
