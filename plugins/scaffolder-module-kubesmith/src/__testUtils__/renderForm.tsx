import { identityApiRef } from '@backstage/frontend-plugin-api';
import { mockApis, renderInTestApp } from '@backstage/frontend-test-utils';
import {
  defaultEntityPresentation,
  entityPresentationApiRef,
} from '@backstage/plugin-catalog-react';
import {
  createAsyncValidators,
  Form,
} from '@backstage/plugin-scaffolder-react/alpha';
import {
  kubesmithApiRef,
  type KubesmithApi,
} from '@kubesmith/plugin-kubesmith';
import type { ErrorSchema, RJSFSchema } from '@rjsf/utils';
import validator from '@rjsf/validator-ajv8';
import { useState, type ComponentType } from 'react';

type Data = Record<string, unknown>;

/** What the catalog calls the signed-in user and the user's group. */
const titles: Record<string, string> = {
  'user:default/student-1': 'Student One',
  'group:default/students': 'Students',
};

/** A field under test: how a template would use it. */
export type FieldUnderTest = {
  /** The name of the parameter. */
  name: string;
  component: ComponentType<any>;
  schema: { type: string; title?: string; description?: string };
  /** Its `ui:options`. */
  options?: Record<string, unknown>;
};

/**
 * Renders fields in the scaffolder's own form, which hands all data to every field as the wizard does.
 *
 * @returns what the form holds, newest last
 */
export async function renderForm(options: {
  fields: FieldUnderTest[];
  api: Partial<KubesmithApi>;
  data?: Data;
  /** Errors at fields, as the wizard shows them after its validation. */
  errors?: Record<string, string[]>;
}): Promise<{ data: () => Data }> {
  const { fields, api, errors = {} } = options;
  let latest = options.data ?? {};
  // The form takes another object for other fields, and mounts them anew.
  const components = Object.fromEntries(
    fields.map(({ name, component }) => [name, component]),
  );

  const Wizard = () => {
    const [formData, setFormData] = useState<Data>(latest);
    return (
      <Form
        validator={validator}
        schema={{
          type: 'object',
          properties: Object.fromEntries(
            fields.map(({ name, schema }) => [name, schema]),
          ) as RJSFSchema['properties'],
        }}
        uiSchema={Object.fromEntries(
          fields.map(field => [
            field.name,
            { 'ui:field': field.name, 'ui:options': field.options },
          ]),
        )}
        fields={components}
        formData={formData}
        formContext={{ formData }}
        extraErrors={
          Object.fromEntries(
            Object.entries(errors).map(([name, __errors]) => [
              name,
              { __errors },
            ]),
          ) as unknown as ErrorSchema
        }
        onChange={event => {
          latest = { ...latest, ...(event.formData as Data) };
          setFormData(latest);
        }}
      />
    );
  };

  await renderInTestApp(<Wizard />, {
    apis: [
      [kubesmithApiRef, api as KubesmithApi],
      [
        entityPresentationApiRef,
        {
          forEntity: entityOrRef => {
            const snapshot = {
              ...defaultEntityPresentation(entityOrRef),
              primaryTitle: titles[String(entityOrRef)] ?? String(entityOrRef),
            };
            return { snapshot, promise: Promise.resolve(snapshot) };
          },
        },
      ],
      [
        identityApiRef,
        mockApis.identity({
          userEntityRef: 'user:default/student-1',
          ownershipEntityRefs: [
            'user:default/student-1',
            'group:default/students',
          ],
        }),
      ],
    ],
  });
  return { data: () => latest };
}

/** Runs the validation of one field as the wizard does before its next step; gives the texts that it shows there. */
export async function validate(options: {
  name: string;
  validation: (...args: any[]) => Promise<void>;
  api: Partial<KubesmithApi>;
  data: Data;
  /** The field's `ui:options`. */
  options?: Record<string, unknown>;
}): Promise<string[]> {
  const { name, validation, api, data } = options;
  const run = createAsyncValidators(
    {
      properties: {
        [name]: {
          'ui:field': 'Field',
          ...(options.options && { 'ui:options': options.options }),
        },
      },
    } as never,
    { Field: validation as never },
    {
      apiHolder: {
        get: (ref: { id: string }) =>
          (ref.id === kubesmithApiRef.id ? api : undefined) as never,
      },
    },
  );
  const result = (await run(data as never)) as Record<
    string,
    { __errors?: string[] }
  >;
  return result[name]?.__errors ?? [];
}
