import type { NodeRecord } from '../database/records';

/**
 * Whether a node is part of its cluster: neither about to leave it, nor a worker into whose machine, if there is one, nobody ever
 * got. An operation that failed left those so; whoever scales next completes or removes them, and nothing else waits for them.
 */
export function isPresent({
  role,
  state,
}: Pick<NodeRecord, 'role' | 'state'>): boolean {
  const isHalfMade =
    role === 'worker' && (state === 'planned' || state === 'created');
  return state !== 'leaving' && !isHalfMade;
}
