import {
  createFormField,
  FormFieldBlueprint,
} from '@backstage/plugin-scaffolder-react/alpha';

/** `ui:field: KubesmithSizePicker`; loaded when a form shows it. */
export const sizePicker = FormFieldBlueprint.make({
  name: 'kubesmith-size-picker',
  params: {
    field: async () => {
      const [{ SizePicker, sizePickerSchema }, { validateSize }] =
        await Promise.all([
          import('./SizePicker'),
          import('../../form/validations'),
        ]);
      return createFormField({
        name: 'KubesmithSizePicker',
        component: SizePicker,
        schema: sizePickerSchema,
        validation: validateSize,
      });
    },
  },
});
