import type { TemplateExample } from '@backstage/plugin-scaffolder-node';
import yaml from 'yaml';

const reserve = (input: object) =>
  yaml.stringify({
    steps: [
      {
        id: 'reserve',
        name: 'Reserve name and addresses',
        action: 'kubesmith:cluster:reserve',
        input,
      },
    ],
  });

export const examples: TemplateExample[] = [
  {
    description: 'Order a cluster with two workers for the user',
    example: reserve({
      name: 'demo',
      environment: 'distributed-systems-2026',
      size: 'small',
      workers: 2,
    }),
  },
  {
    description: 'Order a cluster for a group, with a certain version',
    example: reserve({
      name: 'queue-lab',
      environment: 'distributed-systems-2026',
      owner: 'group:default/team-a',
      size: 'medium',
      workers: 0,
      kubernetesVersion: '1.36.3',
      reason: 'Message queues, exercise 4',
    }),
  },
];
