import { isSeq, parseDocument, stringify, type YAMLSeq } from 'yaml';
import { parsePolicies } from './parsePolicies';
import type { PolicyRole } from './schema';

const LINE_WIDTH = 120;

/** As people write it: without what is so anyway. */
function plain(role: PolicyRole): object {
  return {
    ...role,
    rules: role.rules.map(({ effect, ...rest }) =>
      effect === 'allow' ? rest : { effect, ...rest },
    ),
  };
}

/** As text with its keys in one order, for comparing. */
function fingerprint(value: unknown): string {
  return JSON.stringify(value, (_, each) =>
    each && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(
          Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : each,
  );
}

/** The lines of one role, after comments that stood above it. */
function writeRole(role: PolicyRole, indent: string, above: string): string {
  const lines = stringify([plain(role)], {
    lineWidth: LINE_WIDTH - indent.length,
  }).replace(/^(?=.)/gm, indent);
  return above + lines;
}

/** The text with the lines of other roles in place of those of `old`, a list with one role per item. */
function splice(
  yaml: string,
  old: YAMLSeq,
  before: readonly PolicyRole[],
  roles: readonly PolicyRole[],
): string {
  const endOfLine = (offset: number) => {
    const end = yaml.indexOf('\n', offset);
    return end < 0 ? yaml.length : end + 1;
  };
  const startOfLine = (offset: number) =>
    yaml.lastIndexOf('\n', offset - 1) + 1;
  const first = old.range![0];
  const indent = ' '.repeat(first - startOfLine(first));
  let from = startOfLine(first);
  const begin = from;
  const known = new Map<string, { text: string; is: string }>();
  old.items.forEach((item, index) => {
    const [, valueEnd] = (item as { range: [number, number, number] }).range;
    // A value may end with its line's end already.
    const end = endOfLine(Math.max(valueEnd - 1, 0));
    known.set(before[index].name, {
      text: yaml.slice(from, end),
      is: fingerprint(before[index]),
    });
    from = end;
  });
  const written = roles.map(role => {
    const kept = known.get(role.name);
    known.delete(role.name);
    return kept?.is === fingerprint(role)
      ? kept.text.replace(/\n?$/, '\n')
      : writeRole(
          role,
          indent,
          kept?.text.match(/^([ \t]*(#.*)?\n)*/)?.[0] ?? '\n',
        );
  });
  return yaml.slice(0, begin) + written.join('') + yaml.slice(from);
}

/**
 * Policies with other roles. What people wrote stays as it is, comments included, but for the roles that differ.
 *
 * @param yaml - good policies; what cannot be read is written anew
 * @public
 */
export function writeRoles(yaml: string, roles: readonly PolicyRole[]): string {
  const { document } = parsePolicies(yaml);
  const text = parseDocument(
    document ? yaml : 'apiVersion: kubesmith.io/v1\nkind: Policies\n',
  );
  const old = text.get('roles', true);
  if (document && isSeq(old) && !old.flow && roles.length > 0) {
    const spliced = splice(yaml, old, document.roles, roles);
    // A role that is gone may have had an anchor that others point to.
    if (parseDocument(spliced).errors.length === 0) {
      return spliced;
    }
  }
  text.set('roles', text.createNode(roles.map(plain)));
  return text.toString({ lineWidth: LINE_WIDTH });
}
