import type { TemplateExample } from '@backstage/plugin-scaffolder-node';
import { operationExample } from './examples';

export const examples: TemplateExample[] = [
  operationExample({
    action: 'kubesmith:kubectl',
    after: 'reserve',
    name: 'Check the cluster',
  }),
];
