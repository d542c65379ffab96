import {
  createFormField,
  FormFieldBlueprint,
} from '@backstage/plugin-scaffolder-react/alpha';

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
