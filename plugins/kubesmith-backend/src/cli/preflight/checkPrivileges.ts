import type { EnvironmentConfig, ProxmoxConnection } from '../../config/types';
import {
  neededToCreate,
  neededToSnapshot,
  type NeededPrivileges,
} from '../../steps/machines/privileges';
import type { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import { counted, type Checklist } from './Checklist';
import { type EnvironmentScope, userOf } from './scope';

/** The roles of `terraform/README.md`, by the path that they are granted on. */
const ROLES: [prefix: string, role: string][] = [
  ['/pool/', 'KubesmithNodes'],
  ['/vms/', 'KubesmithTemplate'],
  ['/storage/', 'KubesmithStorage'],
  ['/sdn/', 'KubesmithNetwork'],
  ['/nodes', 'KubesmithHosts'],
];

/** What an environment takes, the look at its hosts included. */
function neededBy(environment: EnvironmentConfig): NeededPrivileges {
  const needed = neededToCreate(environment);
  for (const [path, more] of Object.entries(neededToSnapshot(environment)))
    needed[path] = [...(needed[path] ?? []), ...more];
  return {
    ...needed,
    ...Object.fromEntries(
      environment.proxmox.hosts.map(host => [`/nodes/${host}`, ['Sys.Audit']]),
    ),
  };
}

/** Looks for privileges that the token lacks for one environment. */
export async function checkPrivileges({
  connection,
  environment,
  list,
  proxmox,
}: EnvironmentScope): Promise<void> {
  const needed = Object.entries(neededBy(environment));
  let complete = true;
  for (const [path, privileges] of needed) {
    const granted = await proxmox.permissions(path);
    const lacking = privileges.filter(name => !granted.has(name));
    if (lacking.length === 0) continue;
    complete = false;
    list.problem(
      `The token lacks ${lacking.join(', ')} on ${path}`,
      grantCommand(path, lacking, granted.size > 0, connection),
    );
  }
  if (complete)
    list.ok(
      `The token has all privileges on ${counted(needed.length, 'path')}`,
    );
}

/** A token with privilege separation has what both it and its user have, so both are named. */
function grantCommand(
  path: string,
  lacking: string[],
  hasSome: boolean,
  connection: ProxmoxConnection,
): string {
  const role = ROLES.find(([prefix]) => path.startsWith(prefix))![1];
  if (hasSome)
    return `pveum role modify ${role} --append 1 --privs "${lacking.join(
      ' ',
    )}"`;
  const where = path.startsWith('/nodes/') ? '/nodes' : path;
  return [
    `pveum acl modify ${where} --users ${userOf(connection)} --roles ${role}`,
    `pveum acl modify ${where} --tokens '${connection.tokenId}' --roles ${role}`,
  ].join('\n');
}

/** Looks for privileges that no environment needs: what the token cannot do, nobody can do with it. */
export async function checkExcess(
  list: Checklist,
  environments: EnvironmentConfig[],
  proxmox: ProxmoxClient,
  tokenId: string,
): Promise<void> {
  const allowed = allowedPrivileges(environments);
  const answer = (await proxmox.read('/access/permissions')) as Record<
    string,
    Record<string, unknown>
  >;
  const excess = Object.entries(answer ?? {})
    .map(([path, granted]): [string, string[]] => [
      path,
      Object.keys(granted).filter(name => !allowed(path).has(name)),
    ])
    .filter(([, names]) => names.length > 0);
  if (excess.length === 0) {
    list.ok('The token has no privileges beyond these');
    return;
  }
  for (const [path, names] of excess) {
    list.warning(
      `The token has more than it needs on ${path}: ${abbreviated(names)}`,
      `look where it comes from: pveum user token permissions ${tokenId.replace(
        '!',
        ' ',
      )} --path ${path}`,
    );
  }
}

function allowedPrivileges(
  environments: EnvironmentConfig[],
): (path: string) => Set<string> {
  const byPath = new Map<string, Set<string>>([
    ['/nodes', new Set(['Sys.Audit'])],
  ]);
  const ofPools = new Set<string>();
  for (const environment of environments) {
    for (const [path, names] of Object.entries(neededBy(environment))) {
      byPath.set(path, new Set([...(byPath.get(path) ?? []), ...names]));
      if (path.startsWith('/pool/')) names.forEach(name => ofPools.add(name));
    }
  }
  return path => {
    const named = byPath.get(path);
    if (named) return named;
    // Machines inherit from their pool, VLANs from their bridge.
    if (path.startsWith('/vms/')) return ofPools;
    const parent = [...byPath.keys()].find(known =>
      path.startsWith(`${known}/`),
    );
    return parent ? byPath.get(parent)! : new Set();
  };
}

function abbreviated(names: string[]): string {
  return names.length <= 6
    ? names.join(', ')
    : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
}
