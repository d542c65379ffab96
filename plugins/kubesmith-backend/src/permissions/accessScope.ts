import type { GrantRole } from '@kubesmith/plugin-kubesmith-common';
import type { ClusterRecord, LiveShare } from '../database/records';
import type { CallerAccess, ClusterVerb } from './ClusterAccess';

/** How far somebody's access to a cluster reaches. */
export type AccessScope = {
  /** Missing: the whole cluster. */
  namespaces?: string[];
  /** The shares that give it; missing when it needs none. */
  shareIds?: string[];
};

/** What somebody must be allowed to do to have a kubeconfig with a role. */
export const accessVerbs: Record<GrantRole, ClusterVerb> = {
  viewer: 'access',
  editor: 'access-editor',
  administrator: 'access-administrator',
};

/**
 * Where in a cluster somebody may have a role; undefined for nowhere. Policies know of a share only that there is one: whose
 * right comes from shares of namespaces, has it in these.
 */
export function scopeOf(
  allowed: Pick<CallerAccess, 'may'>,
  role: GrantRole,
  cluster: ClusterRecord,
): AccessScope | undefined {
  const may = (shares: LiveShare[]) =>
    allowed.may('read', { ...cluster, shares }) &&
    allowed.may(accessVerbs[role], { ...cluster, shares });
  if (!may(cluster.shares)) return undefined;
  if (may([])) return {};
  const giving = cluster.shares.filter(share => may([share]));
  const ids = (shares: LiveShare[]) => shares.map(({ id }) => id);
  const whole = giving.filter(({ namespaces }) => !namespaces);
  if (whole.length > 0) return { shareIds: ids(whole) };
  return giving.length > 0
    ? { namespaces: namespacesOf(giving), shareIds: ids(giving) }
    : undefined;
}

/** The namespaces of shares, each once and in order. */
export function namespacesOf(
  shares: readonly Pick<LiveShare, 'namespaces'>[],
): string[] {
  return [...new Set(shares.flatMap(share => share.namespaces ?? []))].sort();
}

/**
 * Whether access reaches as far as something else does.
 *
 * @param namespaces - undefined for the whole cluster
 */
export function covers(
  scope: AccessScope | undefined,
  namespaces: readonly string[] | undefined,
): boolean {
  if (!scope) return false;
  return (
    !scope.namespaces ||
    (namespaces !== undefined &&
      namespaces.every(each => scope.namespaces!.includes(each)))
  );
}
