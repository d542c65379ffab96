import type { Finding } from '../machines/survey';
import { hadMachine } from '../machines/hadMachine';

/**
 * Whether a machine that is not proven ours may be ours all the same, changed by somebody's hand: it bears a mark of the node, or
 * the node had a machine and the portal may not see what is behind its id now. Such a machine may still use the node's
 * address. It is not touched, and nothing is freed, until it is as it was, is gone, or is seen to be a stranger's.
 */
export function isDoubtful(finding: Finding): boolean {
  if (finding.state !== 'foreign') return false;
  if (finding.kind === 'changed') return true;
  return finding.kind === 'unseen' && hadMachine(finding.node);
}
