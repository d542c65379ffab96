import {
  type FieldProblem,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import { unavailable } from '../errors/apiErrors';
import { quoted } from '../errors/quoted';

const REF = /^(user|group):[\w.-]+\/[\w.-]+$/;

/** Says whom there is. */
export type KnownPeople = {
  /** Whether the catalog knows a user or group. */
  knows(entityRef: string): Promise<boolean>;
};

/**
 * What is wrong with a reference to a person or a group with whom something is to be shared; undefined if the catalog knows
 * them.
 *
 * @param subject - in lower case
 * @throws 503 when the catalog does not answer
 */
export async function subjectProblem(
  people: KnownPeople,
  subject: string,
): Promise<FieldProblem | undefined> {
  if (!REF.test(subject) || subject.length > 200) {
    return fieldProblem('subject', 'KUBESMITH-SUBJECT-INVALID', {
      subject: quoted(subject),
    });
  }
  const isKnown = await people.knows(subject).catch(() => {
    throw unavailable('KUBESMITH-CATALOG-AWAY', {});
  });
  return isKnown
    ? undefined
    : fieldProblem('subject', 'KUBESMITH-SUBJECT-UNKNOWN', {
        kind: subject.startsWith('group:') ? 'group' : 'person',
        subject,
      });
}
