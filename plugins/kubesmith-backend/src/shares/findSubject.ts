import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import { parseEntityRef } from '@backstage/catalog-model';
import type { CatalogService } from '@backstage/plugin-catalog-node';
import {
  type FieldProblem,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import { unavailable } from '../errors/apiErrors';
import { quoted } from '../errors/quoted';

const REF = /^(user|group):[\w.-]+\/[\w.-]+$/;

/**
 * What is wrong with a reference to a person or a group with whom something is to be shared; undefined if the catalog knows
 * them and the caller may see them.
 *
 * @param subject - in lower case
 * @throws 503 when the catalog does not answer
 */
export async function subjectProblem(
  catalog: Pick<CatalogService, 'getEntityByRef'>,
  subject: string,
  credentials: BackstageCredentials,
): Promise<FieldProblem | undefined> {
  if (!REF.test(subject) || subject.length > 200) {
    return fieldProblem('subject', 'KUBESMITH-SUBJECT-INVALID', {
      subject: quoted(subject),
    });
  }
  const entity = await catalog
    .getEntityByRef(subject, { credentials })
    .catch(() => {
      throw unavailable('KUBESMITH-CATALOG-AWAY', {});
    });
  return entity
    ? undefined
    : fieldProblem('subject', 'KUBESMITH-SUBJECT-UNKNOWN', {
        kind: parseEntityRef(subject).kind === 'group' ? 'group' : 'person',
        subject,
      });
}
