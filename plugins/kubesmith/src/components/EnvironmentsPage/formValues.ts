import type {
  EnvironmentDraft,
  FieldProblem,
  Timetable,
} from '@kubesmith/plugin-kubesmith-common';
import {
  timetableOf,
  toDraft as timetableDraft,
  type TimetableDraft,
} from '../Schedule';
import { allFields, type Field } from './fields';

/** What stands in one field: a text, a number (NaN when empty), what was chosen, or a timetable (undefined for none). */
export type FormValue = string | number | string[] | TimetableDraft | undefined;

/** What stands in the form, by the name of the field. */
export type FormValues = Record<string, FormValue>;

function read(from: unknown, name: string): unknown {
  return name
    .split('.')
    .reduce<unknown>(
      (value, key) => (value as Record<string, unknown> | undefined)?.[key],
      from,
    );
}

function empty({ kind }: Field): FormValue {
  if (kind === 'timetable') return undefined;
  if (kind === 'number') return NaN;
  return kind === 'sizes' || kind === 'members' ? [] : '';
}

/** An environment as it stands in the form. */
export function toValues(environment: EnvironmentDraft): FormValues {
  return Object.fromEntries(
    allFields.map(field => {
      const value = read(environment, field.name);
      if (value === undefined) return [field.name, empty(field)];
      if (field.kind === 'timetable')
        return [field.name, timetableDraft(value as Timetable)];
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
  if (kind === 'timetable') return toTimetable(value as TimetableDraft);
  if (kind === 'number') return Number.isNaN(value) ? undefined : value;
  if (kind === 'sizes' || kind === 'members') return value;
  const text = kind === 'area' ? String(value) : String(value).trim();
  return text === '' ? undefined : text;
}

/** What is not filled in is sent as it is, for the API to say what is wrong: left out, it would take the timetable away. */
function toTimetable(draft: TimetableDraft | undefined): Timetable | undefined {
  if (!draft) return undefined;
  const { from, sleep, timeZone, to, wake, way } = draft;
  const asIs =
    way === 'cron'
      ? { sleep, ...(wake && { wake }), timeZone }
      : { sleep: to, wake: from, timeZone };
  return timetableOf(draft) ?? asIs;
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
