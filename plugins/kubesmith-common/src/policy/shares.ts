import type { GrantRole } from '../api/types';
import type { PolicyFacts } from './condition';

/** The roles of shares and kubeconfigs, from the least to the most. @public */
export const ROLES_BY_REACH = ['viewer', 'editor', 'administrator'] as const;

/** Whether a role allows at least what another one does. @public */
export function reaches(role: GrantRole, least: GrantRole): boolean {
  return ROLES_BY_REACH.indexOf(role) >= ROLES_BY_REACH.indexOf(least);
}

/**
 * What policies look at in the shares of a cluster.
 *
 * @param shares - the live ones
 * @public
 */
export function factsOfShares(
  shares: readonly { subject: string; role: GrantRole }[],
): Pick<
  PolicyFacts,
  'sharedWith' | 'sharedAsEditor' | 'sharedAsAdministrator'
> {
  const subjects = (least: GrantRole) =>
    shares.filter(({ role }) => reaches(role, least)).map(each => each.subject);
  return {
    sharedWith: subjects('viewer'),
    sharedAsEditor: subjects('editor'),
    sharedAsAdministrator: subjects('administrator'),
  };
}
