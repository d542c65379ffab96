import type { PolicyRole } from '@kubesmith/plugin-kubesmith-common';

/** The roles of two people who began with the same ones. */
export type MergedRoles = {
  roles: PolicyRole[];
  /** Names of the roles that both changed, each in another way: mine are used. */
  contested: string[];
};

const key = (role: PolicyRole | undefined) => JSON.stringify(role ?? null);

/**
 * Puts my changes on top of what somebody else saved in the meantime: a role that only one of us changed, added or removed
 * is as that one left it.
 */
export function mergeRoles(
  base: readonly PolicyRole[],
  mine: readonly PolicyRole[],
  theirs: readonly PolicyRole[],
): MergedRoles {
  const find = (roles: readonly PolicyRole[], name: string) =>
    roles.find(role => role.name === name);
  const contested: string[] = [];
  const names = [...new Set([...theirs, ...mine].map(({ name }) => name))];
  const roles = names.flatMap(name => {
    const [was, my, their] = [base, mine, theirs].map(each => find(each, name));
    if (key(my) === key(was)) {
      return their ?? [];
    }
    if (key(their) !== key(was) && key(their) !== key(my)) {
      contested.push(name);
    }
    return my ?? [];
  });
  return { roles, contested };
}
