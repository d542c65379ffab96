import type { PolicyRole } from '@kubesmith/plugin-kubesmith-common';

/** The longest name of a role. */
const MAX_LENGTH = 63;

/** A name for a role from its title that no other role has: `First-year students` is `first-year-students`. */
export function nameFor(
  title: string | undefined,
  taken: readonly string[],
): string {
  const plain = (title ?? '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLocaleLowerCase('en-US')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, MAX_LENGTH - 4)
    .replace(/-+$/, '');
  const name = plain || 'role';
  let free = name;
  for (let n = 2; taken.includes(free); n++) {
    free = `${name}-${n}`;
  }
  return free;
}

/** A copy of a role that can stand beside it. */
export function copyOf(
  role: PolicyRole,
  roles: readonly PolicyRole[],
): PolicyRole {
  const isThere = roles.some(({ name }) => name === role.name);
  const title = isThere ? `${role.title ?? role.name} (copy)` : role.title;
  return {
    ...role,
    title,
    name: isThere
      ? nameFor(
          title,
          roles.map(({ name }) => name),
        )
      : role.name,
  };
}
