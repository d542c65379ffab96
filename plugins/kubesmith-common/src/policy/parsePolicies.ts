import {
  type Document,
  LineCounter,
  isMap,
  isNode,
  isScalar,
  parseDocument,
} from 'yaml';
import {
  MAX_POLICY_LENGTH,
  type PolicyDocument,
  policyDocumentSchema,
} from './schema';

/** What is wrong in a policy, and where. @public */
export type PolicyProblem = {
  /** Such as `roles[2].rules[0].verbs[1]`; empty for the whole document. */
  path: string;
  message: string;
  /** The file, when policies are kept in files. */
  file?: string;
  /** From 1; missing when there is no text. */
  line?: number;
  column?: number;
};

type Path = readonly PropertyKey[];

/** Finds the place of a path in the text that it came from. @public */
export type PolicyPositions = (
  path: Path,
  /** Of a field: its name instead of its value. */
  part?: 'key',
) => Omit<PolicyProblem, 'message'>;

/** A policy that can be used, or what is wrong with it. @public */
export type ParsedPolicies =
  | { document: PolicyDocument; positions: PolicyPositions; problems?: never }
  | { document?: never; problems: PolicyProblem[] };

/** As many as a person would mend at a time. */
const MAX_PROBLEMS = 50;

function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number'
        ? `${text}[${key}]`
        : `${text}${text && '.'}${String(key)}`,
    '',
  );
}

/** Where the value of a path begins; the nearest one around it when there is none. */
function offsetOf(yaml: Document, path: Path, part?: 'key'): number {
  for (let length = path.length; length > 0; length--) {
    const keys = path.slice(0, length);
    const parent =
      length > 1 ? yaml.getIn(keys.slice(0, -1), true) : yaml.contents;
    if (isMap(parent)) {
      const pair = parent.items.find(
        ({ key }) => isScalar(key) && key.value === keys[length - 1],
      );
      const key = pair?.key;
      const value = pair?.value;
      const node = length < path.length || part === 'key' ? key : value;
      const range = (isNode(node) && node.range) || (isNode(key) && key.range);
      if (range) {
        return range[0];
      }
    } else {
      const node = yaml.getIn(keys, true);
      if (isNode(node) && node.range) {
        return node.range[0];
      }
    }
  }
  return yaml.contents?.range?.[0] ?? 0;
}

type Issue = {
  code?: string;
  path: PropertyKey[];
  message: string;
  keys?: string[];
  errors?: Issue[][];
};

/** Of a choice of shapes: what is wrong within the shape that was meant, if that can be told. */
function deepest(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union' || !issue.errors) {
    return [issue];
  }
  const inner = issue.errors
    .flat()
    .filter(
      ({ path, code }) =>
        path.length > 0 || code === 'unrecognized_keys' || code === 'custom',
    );
  return inner.length > 0
    ? inner.flatMap(each =>
        deepest({ ...each, path: [...issue.path, ...each.path] }),
      )
    : [issue];
}

function problemsOf(
  issues: readonly object[],
  positions: PolicyPositions,
): PolicyProblem[] {
  return (issues as Issue[])
    .flatMap(issue => deepest(issue))
    .flatMap(({ code, path, message, keys }) =>
      code === 'unrecognized_keys' && keys
        ? keys.map(key => ({
            ...positions([...path, key], 'key'),
            message: `there is no field '${key}' here`,
          }))
        : [{ ...positions(path), message }],
    )
    .slice(0, MAX_PROBLEMS);
}

/** Reads policies written as YAML (or JSON). Never throws because of what is in the text. @public */
export function parsePolicies(
  text: string,
  options: { file?: string } = {},
): ParsedPolicies {
  const whole = (message: string): ParsedPolicies => ({
    problems: [{ path: '', file: options.file, message }],
  });
  if (text.length > MAX_POLICY_LENGTH) {
    return whole(
      `the policy has ${text.length} characters; ${MAX_POLICY_LENGTH} are allowed. Use groups instead of long lists of people, or several files`,
    );
  }
  if (text.trim() === '') {
    return whole('the policy is empty');
  }
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (yaml.errors.length > 0) {
    return {
      problems: yaml.errors.slice(0, MAX_PROBLEMS).map(error => ({
        path: '',
        file: options.file,
        ...at(error.pos[0]),
        // The library appends the place and a picture of it.
        message: error.message.split(' at line')[0],
      })),
    };
  }
  let value: unknown;
  try {
    value = yaml.toJS({ maxAliasCount: 20 });
  } catch (error) {
    return whole(error instanceof Error ? error.message : String(error));
  }
  const positions: PolicyPositions = (path, part) => ({
    path: formatPath(path),
    file: options.file,
    ...at(offsetOf(yaml, path, part)),
  });
  const parsed = policyDocumentSchema.safeParse(value);
  return parsed.success
    ? { document: parsed.data, positions }
    : { problems: problemsOf(parsed.error.issues, positions) };
}

/** Checks policies that were never text, such as those of a form. @public */
export function checkPolicies(value: unknown): ParsedPolicies {
  const positions: PolicyPositions = path => ({ path: formatPath(path) });
  const parsed = policyDocumentSchema.safeParse(value);
  return parsed.success
    ? { document: parsed.data, positions }
    : { problems: problemsOf(parsed.error.issues, positions) };
}

/** One line for people: `policies.yaml:12:9 roles[0].rules[1].verbs[0]: …` @public */
export function formatPolicyProblem(problem: PolicyProblem): string {
  const { file, line, column, path, message } = problem;
  const place = [file, line, column].filter(part => part !== undefined);
  return [place.join(':'), path && `${path}:`, message]
    .filter(Boolean)
    .join(' ');
}
