import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import { refused } from './refused';
import type { RequestableOperation } from './RequestableOperation';

/** New certificates for the control plane. */
export function createRenew(): RequestableOperation {
  return {
    kind: 'renew',
    title: 'Renew certificates',
    description:
      'Gives the control plane certificates for another year. Kubeconfigs stay good.',
    phases: ['ready', 'failed', 'needs-attention'],

    async plan({ cluster, nodes }) {
      if (!cluster.everReady)
        return refused(
          fieldProblem('kind', 'KUBESMITH-NEVER-READY', {
            name: cluster.name,
          }),
        );
      return {
        summary: `The control plane of '${cluster.name}' gets new certificates for a year`,
        effects: nodes.map(({ name, role }) => ({
          node: name,
          text:
            role === 'control-plane'
              ? 'All certificates that kubeadm manages are renewed, then etcd, the API, the controllers and the scheduler start again, one after the other.'
              : "Only looked at: a kubelet renews its own certificate. One whose certificate has ended is named, and 'Repair' has it join again.",
        })),
        warnings: [
          "The API does not answer for a minute or two. Pods go on. When the certificates end before and afterwards stands in the operation's history.",
        ],
      };
    },
  };
}
