import type { TemplateExample } from '@backstage/plugin-scaffolder-node';
import { operationExample } from './examples';

export const examples: TemplateExample[] = [
  operationExample({
    action: 'kubesmith:terraform:destroy',
    after: 'delete',
    name: 'Remove the machines',
  }),
];
