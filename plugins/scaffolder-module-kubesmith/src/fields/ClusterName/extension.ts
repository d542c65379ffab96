import {
  createFormField,
  FormFieldBlueprint,
} from '@backstage/plugin-scaffolder-react/alpha';

/** `ui:field: KubesmithClusterName`; loaded when a form shows it. */
export const clusterName = FormFieldBlueprint.make({
  name: 'kubesmith-cluster-name',
  params: {
    field: async () => {
      const [{ ClusterName, clusterNameSchema }, { validateName }] =
        await Promise.all([
          import('./ClusterName'),
          import('../../form/validations'),
        ]);
      return createFormField({
        name: 'KubesmithClusterName',
        component: ClusterName,
        schema: clusterNameSchema,
        validation: validateName,
      });
    },
  },
});
