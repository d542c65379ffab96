import type { OrderDraft } from '@kubesmith/plugin-kubesmith-common';

/** The parameters of the template `new-k8s-cluster` that the API knows. */
const orderFields = [
  'name',
  'environment',
  'owner',
  'size',
  'workers',
  'kubernetesVersion',
  'reason',
] as const;

/** The order as far as the form is filled in; what else the form holds is left out. */
export function draftOf(formData: unknown): OrderDraft {
  const values = (formData ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    orderFields
      .filter(field => values[field] !== undefined && values[field] !== '')
      .map(field => [field, values[field]]),
  );
}

/** The draft that a field sees: the scaffolder hands all steps' data to every field in `formContext`. */
export function draftOfContext(props: { formContext?: unknown }): OrderDraft {
  const context = props.formContext as { formData?: unknown } | undefined;
  return draftOf(context?.formData);
}
