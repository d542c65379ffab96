import {
  createFormField,
  FormFieldBlueprint,
} from '@backstage/plugin-scaffolder-react/alpha';

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
