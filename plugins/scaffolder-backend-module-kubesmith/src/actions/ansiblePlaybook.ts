import type { ActionDeps } from '../steps/followStep';
import { createStepAction } from './createStepAction';
import { examples } from './ansiblePlaybook.examples';

/** Creates the action `kubesmith:ansible:playbook`: turns the machines into a cluster. */
export function createAnsiblePlaybookAction(deps: ActionDeps) {
  return createStepAction(deps, {
    id: 'kubesmith:ansible:playbook',
    description:
      'Installs Kubernetes on the machines of an ordered cluster with Ansible, and shows what Ansible does.',
    examples,
    step: 'kubernetes',
  });
}
