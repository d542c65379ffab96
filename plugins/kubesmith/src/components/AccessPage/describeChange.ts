import type { PolicyRole } from '@kubesmith/plugin-kubesmith-common';
import { describeRule, type Names } from './describeRule';

/** What a change does to one role, in lines for people. */
export type RoleChange = {
  title: string;
  kind: 'new' | 'changed' | 'removed';
  added: string[];
  removed: string[];
};

function linesOf(role: PolicyRole | undefined, names: Names): string[] {
  return role
    ? [
        ...role.members.map(ref => `Member: ${names.entity(ref)}`),
        ...role.rules.flatMap(rule => describeRule(rule, names)),
      ]
    : [];
}

/** What differs between two sets of roles, role by role; what only reads otherwise (titles, descriptions) included. */
export function describeChange(
  before: readonly PolicyRole[],
  after: readonly PolicyRole[],
  names: Names,
): RoleChange[] {
  const find = (roles: readonly PolicyRole[], name: string) =>
    roles.find(role => role.name === name);
  const all = [...new Set([...before, ...after].map(({ name }) => name))];
  return all.flatMap(name => {
    const [was, is] = [find(before, name), find(after, name)];
    if (JSON.stringify(was) === JSON.stringify(is)) {
      return [];
    }
    const [old, next] = [linesOf(was, names), linesOf(is, names)];
    const kind = is ? 'changed' : 'removed';
    return [
      {
        title: is?.title ?? was?.title ?? name,
        kind: was ? kind : 'new',
        added: next.filter(line => !old.includes(line)),
        removed: old.filter(line => !next.includes(line)),
      },
    ];
  });
}
