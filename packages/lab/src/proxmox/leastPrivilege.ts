/**
 * Users, roles and access control list of the double, made from the same data that tells an administrator what to type on a
 * real Proxmox VE: what that list lacks, the double refuses.
 */
import { readFileSync } from 'node:fs';
import type { AccessOptions, AclEntry } from './options.ts';

/** `terraform/least-privilege.json`. */
export interface LeastPrivilege {
  user: string;
  token: string;
  roles: Record<string, string[]>;
  /** Paths with `{pool}`, `{template}`, `{storage}` or `{bridge}` in them, for each of which there is one entry. */
  acl: { path: string; role: string }[];
}

/** What the paths stand for in one datacenter. */
export interface Places {
  pool: string[];
  template: number[];
  storage: string[];
  bridge: string[];
}

/** The documented list of privileges. */
export const leastPrivilege: LeastPrivilege = JSON.parse(
  readFileSync(
    new URL('../../../../terraform/least-privilege.json', import.meta.url),
    'utf8',
  ),
);

/** Id of the token as it stands in `PROXMOX_VE_API_TOKEN`, before the `=`. */
export const tokenId = `${leastPrivilege.user}!${leastPrivilege.token}`;

/** Paths of one entry of the list, with everything filled in. */
export function pathsOf(path: string, places: Places): string[] {
  const name = /\{(\w+)\}/.exec(path)?.[1];
  if (!name) return [path];
  const values = places[name as keyof Places];
  if (!values) throw new Error(`nothing is called {${name}}`);
  return values.map(value => path.replace(`{${name}}`, String(value)));
}

/** The user and its token with exactly the documented privileges. Both are on the list, as the token has its own. */
export function leastPrivilegeAccess(
  secret: string,
  places: Places,
): AccessOptions {
  const { user, roles, acl } = leastPrivilege;
  return {
    users: [user],
    tokens: [{ id: tokenId, secret, privilegeSeparation: true }],
    roles: structuredClone(roles),
    acl: acl.flatMap(({ path, role }) =>
      pathsOf(path, places).flatMap((filled): AclEntry[] =>
        [user, tokenId].map(subject => ({ path: filled, subject, role })),
      ),
    ),
  };
}
