import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import { isPresent } from '../../clusters/isPresent';
import type { KubernetesNode } from '../../conditions/nodes';
import type { KubectlRunner } from '../../tools/ssh/kubectl';
import { askNodes } from './askNodes';
import { otherVersions } from './otherVersions';
import { refused } from './refused';
import type { RequestableOperation } from './RequestableOperation';

type Prepared = {
  /** The nodes as Kubernetes has them, or why that is not known: a control plane that does not answer can be repaired. */
  seen: KubernetesNode[] | string;
};

/** Brings a cluster back to what it should be, without taking anything from it. */
export function createRepair(deps: {
  kubectl: KubectlRunner;
}): RequestableOperation<Prepared> {
  return {
    kind: 'repair',
    title: 'Repair',
    description:
      'Brings back what is missing or was changed on the nodes, and checks the cluster.',
    phases: ['ready', 'failed', 'needs-attention'],

    async prepare({ cluster }) {
      return { seen: await askNodes(deps.kubectl, cluster.id) };
    },

    async plan({ cluster, nodes: live, prepared }) {
      if (!cluster.everReady)
        return refused(
          fieldProblem('kind', 'KUBESMITH-NEVER-READY', {
            name: cluster.name,
          }),
        );
      // What made the nodes knows one version; it would refuse the others half-way.
      const unfinished = otherVersions(cluster, live, prepared.seen);
      if (unfinished) return refused(unfinished);
      const nodes = live.filter(isPresent);
      const others = live.filter(node => !nodes.includes(node));
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
          ...(others.length > 0
            ? [
                `${others
                  .map(({ name }) => name)
                  .join(
                    ', ',
                  )} came or left only half: 'Add or remove workers' completes or removes what is left out here.`,
              ]
            : []),
        ],
      };
    },
  };
}
