import type { TemplateExample } from '@backstage/plugin-scaffolder-node';
import yaml from 'yaml';

export const examples: TemplateExample[] = [
  {
    description: 'Carry out what an earlier step of the template began',
    example: yaml.stringify({
      steps: [
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
