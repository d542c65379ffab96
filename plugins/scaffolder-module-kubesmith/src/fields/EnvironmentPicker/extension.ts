import {
  createFormField,
  FormFieldBlueprint,
} from '@backstage/plugin-scaffolder-react/alpha';

/** `ui:field: KubesmithEnvironmentPicker`; loaded when a form shows it. */
export const environmentPicker = FormFieldBlueprint.make({
  name: 'kubesmith-environment-picker',
  params: {
    field: async () => {
      const [
        { EnvironmentPicker, environmentPickerSchema },
        { validateEnvironment },
      ] = await Promise.all([
        import('./EnvironmentPicker'),
        import('../../form/validations'),
      ]);
      return createFormField({
        name: 'KubesmithEnvironmentPicker',
        component: EnvironmentPicker,
        schema: environmentPickerSchema,
        validation: validateEnvironment,
      });
    },
  },
});
