import type {
  EnvironmentDraft,
  FieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import { allFields, type Field } from './fields';

/** What stands in the form, by the name of the field: texts, numbers (NaN when empty), and what was chosen. */
export type FormValues = Record<string, string | number | string[]>;

function read(from: unknown, name: string): unknown {
  return name
    .split('.')
    .reduce<unknown>(
      (value, key) => (value as Record<string, unknown> | undefined)?.[key],
      from,
    );
}

function empty({ kind }: Field): string | number | string[] {
  if (kind === 'number') return NaN;
  return kind === 'sizes' || kind === 'members' ? [] : '';
}

/** An environment as it stands in the form. */
export function toValues(environment: EnvironmentDraft): FormValues {
  return Object.fromEntries(
    allFields.map(field => {
      const value = read(environment, field.name);
      if (value === undefined) return [field.name, empty(field)];
      return [
        field.name,
        field.kind === 'lines'
          ? (value as string[]).join('\n')
          : (value as string | number | string[]),
      ];
    }),
  );
}

/** The form as the API takes it. What is left empty is not there. */
export function toDraft(values: FormValues): EnvironmentDraft {
  const draft: Record<string, unknown> = {};
  for (const { name, kind } of allFields) {
    const value = toApi(kind, values[name]);
    if (value === undefined) continue;
    const keys = name.split('.');
    const last = keys.pop()!;
    const parent = keys.reduce<Record<string, unknown>>((at, key) => {
      at[key] ??= {};
      return at[key] as Record<string, unknown>;
    }, draft);
    parent[last] = value;
  }
  return draft;
}

function toApi(kind: Field['kind'], value: FormValues[string]): unknown {
  if (kind === 'lines')
    return String(value)
      .split(/[\s,]+/)
      .filter(line => line !== '');
  if (kind === 'number') return Number.isNaN(value) ? undefined : value;
  if (kind === 'sizes' || kind === 'members') return value;
  const text = kind === 'area' ? String(value) : String(value).trim();
  return text === '' ? undefined : text;
}

/** What to write beside each field, by its name; `rest` belongs to none of them. */
export function sortProblems(problems: FieldProblem[]): {
  byField: Map<string, string>;
  rest: FieldProblem[];
} {
  const byField = new Map<string, string>();
  const rest: FieldProblem[] = [];
  for (const problem of problems) {
    const field = allFields.find(
      ({ name }) =>
        problem.field === name ||
        problem.field.startsWith(`${name}.`) ||
        // Of a group that is missing as a whole, its first field.
        name.startsWith(`${problem.field}.`),
    );
    if (!field) {
      rest.push(problem);
      continue;
    }
    const text =
      problem.code === 'KUBESMITH-ENVIRONMENT-INVALID'
        ? problem.remedy
        : `${problem.message} ${problem.remedy}`;
    const earlier = byField.get(field.name);
    byField.set(field.name, earlier ? `${earlier} ${text}` : text);
  }
  return { byField, rest };
}
