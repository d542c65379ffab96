import type { TemplateExample } from '@backstage/plugin-scaffolder-node';
import { operationExample } from './examples';

export const examples: TemplateExample[] = [
  operationExample({
    action: 'kubesmith:cluster:release',
    after: 'delete',
    name: 'Give back name and addresses',
  }),
];
