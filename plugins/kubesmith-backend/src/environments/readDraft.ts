import {
  type EnvironmentDraft,
  type FieldProblem,
  type Size,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import { remedyOf, toEnvironment, unknownSizes } from '../config/environments';
import { environmentSchema } from '../config/schema';
import type { EnvironmentConfig } from '../config/types';

/** The configuration's keys whose fields are called otherwise in the API, because there they are plain numbers. */
const FIELDS: Record<string, string> = {
  lease: 'leaseDays',
  maxLease: 'maxLeaseDays',
  grace: 'graceDays',
  'pool.quarantine': 'pool.quarantineMinutes',
};

/**
 * Reads an environment as the page sends it, with the configuration's own rules: every mistake at once, each at its field.
 *
 * @param sizes - those that the configuration describes
 */
export function readDraft(
  draft: EnvironmentDraft,
  sizes: Size[],
): { environment?: EnvironmentConfig; problems: FieldProblem[] } {
  const parsed = environmentSchema.safeParse(toRaw(draft));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(issue => {
      const field = fieldOf(issue.path);
      return issue.code === 'invalid_type' &&
        issue.message.endsWith('received undefined')
        ? fieldProblem(field, 'KUBESMITH-FIELD-MISSING', { field })
        : mistake(field, remedyOf(issue));
    });
    return { problems };
  }
  const raw = parsed.data;
  const problems = unknownSizes(
    raw,
    sizes.map(({ name }) => name),
  ).map(remedy => mistake('sizes', remedy));
  const { templateVmid, vmids } = raw.proxmox;
  if (templateVmid >= vmids.first && templateVmid <= vmids.last) {
    problems.push(
      mistake(
        'proxmox.vmids',
        `choose a range without the template ${templateVmid}`,
      ),
    );
  }
  return problems.length > 0
    ? { problems }
    : { problems, environment: toEnvironment(raw, sizes) };
}

/** A mistake in a field, from the words of the configuration's reader. */
function mistake(field: string, remedy: string): FieldProblem {
  const sentence = `${remedy[0].toUpperCase()}${remedy.slice(1)}`;
  return fieldProblem(field, 'KUBESMITH-ENVIRONMENT-INVALID', {
    field,
    remedy: sentence.endsWith('.') ? sentence : `${sentence}.`,
  });
}

function fieldOf(path: PropertyKey[]): string {
  const field = path.map(String).join('.');
  const key = Object.keys(FIELDS).find(
    name => field === name || field.startsWith(`${name}.`),
  );
  return key ? FIELDS[key] : field;
}

/** As it would stand in the configuration. What a form leaves empty is not there. */
function toRaw(draft: EnvironmentDraft): unknown {
  const { leaseDays, maxLeaseDays, graceDays, ...rest } = draft;
  const { quarantineMinutes, ...pool } = draft.pool ?? {};
  const { expectedVersion: _, ...fields } = rest;
  return {
    ...fields,
    title: draft.title || undefined,
    description: draft.description || undefined,
    pool: draft.pool && {
      ...pool,
      quarantine:
        quarantineMinutes === undefined
          ? undefined
          : { minutes: quarantineMinutes },
    },
    proxmox: draft.proxmox && {
      ...draft.proxmox,
      templateHost: draft.proxmox.templateHost || undefined,
    },
    lease: days(leaseDays),
    maxLease: days(maxLeaseDays),
    grace: days(graceDays),
  };
}

function days(value: number | undefined): { days: number } | undefined {
  return value === undefined ? undefined : { days: value };
}
