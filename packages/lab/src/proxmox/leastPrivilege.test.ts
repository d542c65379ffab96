import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { leastPrivilege, pathsOf, tokenId } from './leastPrivilege.ts';
import { callChecks, type Check } from './privilegeTable.ts';
import { Router } from './router.ts';

const readme = readFileSync(
  new URL('../../../../terraform/README.md', import.meta.url),
  'utf8',
);
/** Commands of the README, continued lines joined. */
const commands = readme
  .replaceAll('\\\n', ' ')
  .split('\n')
  .map(line => line.trim().replaceAll(/\s+/g, ' '))
  .filter(line => line.startsWith('pveum '));

const NAMES: Record<string, string> = {
  pool: '"$POOL"',
  template: '"$TEMPLATE"',
  storage: '"$STORAGE"',
  bridge: '"$BRIDGE"',
};
const inShell = (path: string) =>
  path.replace(/\{(\w+)\}/, (_, name: string) => NAMES[name]!);

describe('terraform/README.md, "Least privilege"', () => {
  test('tells to make exactly the roles that the double enforces', () => {
    const roles = Object.fromEntries(
      commands.flatMap(line => {
        const match = /^pveum role add (\S+) --privs "([^"]+)"$/.exec(line);
        return match ? [[match[1]!, match[2]!.split(' ').sort()]] : [];
      }),
    );
    assert.deepEqual(
      roles,
      Object.fromEntries(
        Object.entries(leastPrivilege.roles).map(([role, privileges]) => [
          role,
          [...privileges].sort(),
        ]),
      ),
    );
  });

  test('tells to make the user, and the token with privilege separation', () => {
    assert.ok(
      commands.some(line =>
        line.startsWith(`pveum user add ${leastPrivilege.user}`),
      ),
    );
    assert.ok(
      commands.includes(
        `pveum user token add ${leastPrivilege.user} ${leastPrivilege.token} --privsep 1`,
      ),
    );
  });

  test('tells to write exactly the ACL that the double enforces, for the user and the token', () => {
    const written = commands.filter(line => line.startsWith('pveum acl'));
    const expected = leastPrivilege.acl.flatMap(({ path, role }) => [
      `pveum acl modify ${inShell(path)} --users ${
        leastPrivilege.user
      } --roles ${role}`,
      `pveum acl modify ${inShell(path)} --tokens '${tokenId}' --roles ${role}`,
    ]);
    assert.deepEqual([...written].sort(), expected.sort());
  });
});

describe('terraform/README.md, tables', () => {
  const described = (file: string, kind: string) => {
    const text = readFileSync(
      new URL(`../../../../terraform/cluster/${file}`, import.meta.url),
      'utf8',
    );
    const blocks = text.matchAll(
      new RegExp(`^${kind} "(\\w+)" \\{\\n  description = "(.*)"$`, 'gm'),
    );
    return [...blocks].map(([, name, what]) => [
      name,
      what!.replaceAll('\\"', '"'),
    ]);
  };
  const rows = (heading: string) =>
    readme
      .split(`## ${heading}\n`)[1]!
      .split('\n## ')[0]!
      .split('\n')
      .filter(line => line.startsWith('| `'))
      .map(line => line.split('|').map(cell => cell.trim()))
      .map(cells => [cells[1]!.replaceAll('`', ''), cells.at(-2)]);

  test('list every input with its description', () => {
    const inputs = described('variables.tf', 'variable');
    assert.equal(inputs.length, 17);
    assert.deepEqual(rows('Inputs'), inputs);
  });

  test('list every output with its description', () => {
    assert.deepEqual(rows('Outputs'), described('outputs.tf', 'output'));
  });
});

describe('the privilege table', () => {
  test('names only privileges of Proxmox VE 9', () => {
    const known =
      /^(VM\.(Allocate|Audit|Backup|Clone|Console|Migrate|PowerMgmt|Replicate|Snapshot(\.Rollback)?|Config\.(CDROM|CPU|Cloudinit|Disk|HWType|Memory|Network|Options)|GuestAgent\.(Audit|FileRead|FileSystemMgmt|FileWrite|Unrestricted))|Datastore\.(Allocate|AllocateSpace|AllocateTemplate|Audit)|Pool\.(Allocate|Audit)|SDN\.(Allocate|Audit|Use)|Sys\.(Audit|Console|Modify|Syslog))$/;
    const privilegesOf = (check: Check): readonly string[] => {
      if (check.kind === 'anyone') return [];
      if ('checks' in check) {
        return check.checks.flatMap(privilegesOf);
      }
      return check.privileges;
    };
    const named = [
      ...Object.values(callChecks).flatMap(privilegesOf),
      ...Object.values(leastPrivilege.roles).flat(),
    ];
    for (const privilege of named) assert.match(privilege, known);
  });

  test('a route without a row stops the double from starting', () => {
    assert.throws(
      () => new Router().add('GET', '/nodes/{node}/secrets', () => undefined),
      /no row in the privilege table/,
    );
  });

  test('a path of the list is filled in for each place', () => {
    const places = {
      pool: ['a', 'b'],
      template: [1],
      storage: [],
      bridge: [],
    };
    assert.deepEqual(pathsOf('/pool/{pool}', places), ['/pool/a', '/pool/b']);
    assert.deepEqual(pathsOf('/nodes', places), ['/nodes']);
    assert.throws(() => pathsOf('/x/{y}', places), /nothing is called \{y\}/);
  });
});
