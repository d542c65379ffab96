import {
  createFormField,
  FormFieldBlueprint,
} from '@backstage/plugin-scaffolder-react/alpha';

/** `ui:field: KubesmithVersionPicker`; loaded when a form shows it. */
export const versionPicker = FormFieldBlueprint.make({
  name: 'kubesmith-version-picker',
  params: {
    field: async () => {
      const [{ VersionPicker, versionPickerSchema }, { validateVersion }] =
        await Promise.all([
          import('./VersionPicker'),
          import('../../form/validations'),
        ]);
      return createFormField({
        name: 'KubesmithVersionPicker',
        component: VersionPicker,
        schema: versionPickerSchema,
        validation: validateVersion,
      });
    },
  },
});
