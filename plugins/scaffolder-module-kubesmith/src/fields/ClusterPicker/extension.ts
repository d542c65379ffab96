import {
  createFormField,
  FormFieldBlueprint,
} from '@backstage/plugin-scaffolder-react/alpha';

/** `ui:field: KubesmithClusterPicker`; loaded when a form shows it. */
export const clusterPicker = FormFieldBlueprint.make({
  name: 'kubesmith-cluster-picker',
  params: {
    field: async () => {
      const [{ ClusterPicker }, { clusterPickerSchema }, { validateCluster }] =
        await Promise.all([
          import('./ClusterPicker'),
          import('./schema'),
          import('./validateCluster'),
        ]);
      return createFormField({
        name: 'KubesmithClusterPicker',
        component: ClusterPicker,
        schema: clusterPickerSchema,
        validation: validateCluster,
      });
    },
  },
});
