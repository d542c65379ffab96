import type { TemplateExample } from '@backstage/plugin-scaffolder-node';
import { operationExample } from './examples';

export const examples: TemplateExample[] = [
  operationExample({
    action: 'kubesmith:terraform:apply',
    after: 'reserve',
    name: 'Create the machines',
  }),
];
