import type { TemplateExample } from '@backstage/plugin-scaffolder-node';
import yaml from 'yaml';

const remove = (input: object) =>
  yaml.stringify({
    steps: [
      {
        id: 'delete',
        name: 'Accept the deletion',
        action: 'kubesmith:cluster:delete',
        input,
      },
    ],
  });

export const examples: TemplateExample[] = [
  {
    description: 'Delete a cluster that was chosen from the catalog',
    example: remove({
      entityRef: 'resource:kubesmith/distributed-systems-2026.demo',
      reason: 'The course is over',
    }),
  },
  {
    description: 'Delete a cluster by its id',
    example: remove({ clusterId: 'b1946ac9-2492-4d23-8f7b-0a1b2c3d4e5f' }),
  },
];
