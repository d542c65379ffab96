import {
  createFormField,
  FormFieldBlueprint,
} from '@backstage/plugin-scaffolder-react/alpha';

/** `ui:field: KubesmithOwnerPicker`; loaded when a form shows it. */
export const ownerPicker = FormFieldBlueprint.make({
  name: 'kubesmith-owner-picker',
  params: {
    field: async () => {
      const [{ OwnerPicker, ownerPickerSchema }, { validateOwner }] =
        await Promise.all([
          import('./OwnerPicker'),
          import('../../form/validations'),
        ]);
      return createFormField({
        name: 'KubesmithOwnerPicker',
        component: OwnerPicker,
        schema: ownerPickerSchema,
        validation: validateOwner,
      });
    },
  },
});
