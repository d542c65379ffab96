import type { TemplateExample } from '@backstage/plugin-scaffolder-node';
import yaml from 'yaml';

/** An example of an action that takes the operation of an earlier step. */
export function operationExample(options: {
  action: string;
  /** Id of the step that submitted the operation. */
  after: string;
  name: string;
}): TemplateExample {
  return {
    description: `${options.name}, after the step \`${options.after}\``,
    example: yaml.stringify({
      steps: [
        {
          id: 'step',
          name: options.name,
          action: options.action,
          input: {
            operationId: `\${{ steps.${options.after}.output.operationId }}`,
          },
        },
      ],
    }),
  };
}
