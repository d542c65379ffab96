import {
  type FieldProblem,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import { quoted } from '../errors/quoted';
import { readEntityRef } from '../orders/readEntityRef';

/** Says whom there is. */
export type KnownPeople = {
  /** Whether the catalog knows a user or group; throws a 503 when it does not answer. */
  knows(entityRef: string): Promise<boolean>;
};

/**
 * What is wrong with a reference to a person or a group in the field `subject` of a request; undefined if the catalog knows them.
 *
 * @param subject - in lower case
 * @throws 503 when the catalog does not answer
 */
export async function subjectProblem(
  people: KnownPeople,
  subject: string,
): Promise<FieldProblem | undefined> {
  if (readEntityRef(subject) !== subject || subject.length > 200) {
    return fieldProblem('subject', 'KUBESMITH-SUBJECT-INVALID', {
      subject: quoted(subject),
    });
  }
  return (await people.knows(subject))
    ? undefined
    : fieldProblem('subject', 'KUBESMITH-SUBJECT-UNKNOWN', {
        kind: subject.startsWith('group:') ? 'group' : 'person',
        subject,
      });
}
