import {
  type FieldProblem,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import { quoted } from '../errors/quoted';

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Who is an editor in these is an administrator everywhere: there are the accounts of the system and of all kubeconfigs. */
const SYSTEM = /^(kube|kubesmith)-/;

/** What is wrong with a list of namespaces; undefined when each can be given to somebody. */
export function namespacesProblem(
  namespaces: readonly string[],
): FieldProblem | undefined {
  if (namespaces.length === 0) {
    return fieldProblem('namespaces', 'KUBESMITH-NAMESPACES-EMPTY');
  }
  const wrong = namespaces.find(name => !NAME.test(name) || SYSTEM.test(name));
  if (wrong === undefined) return undefined;
  return fieldProblem(
    'namespaces',
    NAME.test(wrong)
      ? 'KUBESMITH-NAMESPACE-RESERVED'
      : 'KUBESMITH-NAMESPACE-INVALID',
    { namespace: quoted(wrong) },
  );
}
