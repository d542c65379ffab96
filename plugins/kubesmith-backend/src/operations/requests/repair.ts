import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import { refused } from './refused';
import type { RequestableOperation } from './RequestableOperation';

/** Brings a cluster back to what it should be, without taking anything from it. */
export function createRepair(): RequestableOperation {
  return {
    kind: 'repair',
    title: 'Repair',
    description:
      'Brings back what is missing or was changed on the nodes, and checks the cluster.',
    phases: ['ready', 'failed', 'needs-attention'],

    async plan({ cluster, nodes }) {
      if (!cluster.everReady)
        return refused(
          fieldProblem('kind', 'KUBESMITH-NEVER-READY', {
            name: cluster.name,
          }),
        );
      return {
        summary: `The ${nodes.length} nodes of '${cluster.name}' are looked at one by one and mended`,
        effects: nodes.map(({ name, role }) => ({
          node: name,
          text:
            role === 'control-plane'
              ? "The kubelet's configuration and the portal's own files are brought back; nothing is reset."
              : "The kubelet's configuration and the portal's own files are brought back. If the cluster does not hear from it after that, it is taken out and joins again: its Pods start elsewhere, and what they kept on this node alone is lost.",
        })),
        warnings: [
          'Changes that somebody made by hand to the configuration of the kubelet, of containerd or of the network are undone.',
        ],
      };
    },
  };
}
