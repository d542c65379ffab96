const MAX_USER = 26;

/**
 * The name of a kubeconfig's objects in its cluster: the ServiceAccount's name is what the cluster's audit log shows, so it
 * begins with the user's. At most 63 characters, as a DNS label must be; the id makes it unique, whatever the user is called.
 *
 * @param userRef - full entity ref; `user:default/ada` gives `ada-<id>`, `user:staff/ada` gives `staff-ada-<id>`
 * @param id - UUID of the grant
 */
export function grantObjectName(userRef: string, id: string): string {
  const user = userRef
    .toLocaleLowerCase('en-US')
    .replace(/^user:(default\/)?/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_USER)
    .replace(/^-+|-+$/g, '');
  return `${user || 'user'}-${id}`;
}
