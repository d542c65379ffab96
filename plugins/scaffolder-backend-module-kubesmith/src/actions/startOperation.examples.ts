import type { TemplateExample } from '@backstage/plugin-scaffolder-node';
import yaml from 'yaml';

export const examples: TemplateExample[] = [
  {
    description: 'Give a cluster to a group',
    example: yaml.stringify({
      steps: [
        {
          id: 'start',
          name: 'Accept it',
          action: 'kubesmith:operation:start',
          input: {
            entityRef: 'resource:kubesmith/distributed-systems-2026.demo',
            request: { kind: 'transfer', owner: 'group:default/team-a' },
          },
        },
        {
          id: 'follow',
          name: 'Carry it out',
          action: 'kubesmith:operation:follow',
          input: { operationId: '${{ steps.start.output.operationId }}' },
        },
      ],
    }),
  },
];
