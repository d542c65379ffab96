import type { NodeRecord } from '../../database/records';

/**
 * A machine that was interrupted while it was made again has a clone's random UUID although its record says more; pool, name
 * and marker still prove it, as they do for one that was never configured.
 */
export function asFarAsKnown(node: NodeRecord): NodeRecord {
  return node.state === 'created' ? { ...node, state: 'planned' } : node;
}
