import {
  createFormField,
  FormFieldBlueprint,
} from '@backstage/plugin-scaffolder-react/alpha';

/** `ui:field: KubesmithWorkers`; loaded when a form shows it. */
export const workers = FormFieldBlueprint.make({
  name: 'kubesmith-workers',
  params: {
    field: async () => {
      const [{ Workers, workersSchema }, { validateWorkers }] =
        await Promise.all([
          import('./Workers'),
          import('../../form/validations'),
        ]);
      return createFormField({
        name: 'KubesmithWorkers',
        component: Workers,
        schema: workersSchema,
        validation: validateWorkers,
      });
    },
  },
});
