import type { GrantRole } from '@kubesmith/plugin-kubesmith-common';

/** What the roles of a kubeconfig are called and what they allow, the least first. */
export const grantRoles: { id: GrantRole; label: string; allows: string }[] = [
  {
    id: 'viewer',
    label: 'Viewer',
    allows: 'looks, changes nothing, sees no Secrets',
  },
  {
    id: 'editor',
    label: 'Editor',
    allows: 'deploys and changes applications, no access rights',
  },
  {
    id: 'administrator',
    label: 'Administrator',
    allows: 'everything in this cluster',
  },
];

/** The same for a kubeconfig that is for some namespaces. */
export function allowsIn(
  role: (typeof grantRoles)[number],
  namespaces: readonly string[] | undefined,
): string {
  if (!namespaces) return role.allows;
  const where = `in ${namespaces.join(', ')}`;
  return role.id === 'administrator'
    ? `everything ${where}`
    : `${role.allows}, ${where}`;
}

/** The name of a role. */
export function roleLabel(role: GrantRole): string {
  return grantRoles.find(({ id }) => id === role)?.label ?? role;
}
