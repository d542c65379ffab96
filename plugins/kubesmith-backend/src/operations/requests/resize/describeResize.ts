import type { Size } from '@kubesmith/plugin-kubesmith-common';
import type { ClusterRecord, MachineSize } from '../../../database/records';
import { DRAIN_SECONDS } from '../../../steps/drain/drainNode';
import type { PlanDraft } from '../RequestableOperation';
import type { ResizedNode } from './resize';

/** What people read before they agree: each node that changes, in the order in which it does. */
export function describeResize(
  { name }: Pick<ClusterRecord, 'name'>,
  chosen: ResizedNode[],
  size: Pick<Size, 'name' | 'title'>,
): Pick<PlanDraft, 'summary' | 'effects' | 'warnings'> {
  const workers = chosen.filter(({ node }) => node.role === 'worker');
  const controlPlanes = chosen.filter(({ node }) => node.role !== 'worker');
  const keepsDisk = chosen.some(
    ({ node, target }) => target.diskGiB === node.diskGiB,
  );
  return {
    summary: `${
      chosen.length === 1 ? 'One machine' : `${chosen.length} machines`
    } of the cluster '${name}' become '${size.title ?? size.name}'`,
    effects: [
      ...workers.map(({ node, target }) => ({
        node: node.name,
        text: `Its Pods move to other nodes; it is shut down, changed from ${shown(
          node,
        )} to ${shown(target)}, and started again.`,
      })),
      ...controlPlanes.map(({ node, target }) => ({
        node: node.name,
        text: `It is shut down, changed from ${shown(node)} to ${shown(
          target,
        )}, and started again, after all workers.`,
      })),
      ...(keepsDisk
        ? [{ text: 'Disks only grow: those that are large enough stay.' }]
        : []),
    ],
    warnings: [
      ...(controlPlanes.length > 0
        ? [
            'While the control plane is off, for two or three minutes, the Kubernetes API does not answer: Pods go on, but none is started anew.',
          ]
        : []),
      ...(workers.length > 0
        ? [
            `Data in emptyDir volumes is lost when Pods move. When Pods do not move within ${
              DRAIN_SECONDS / 60
            } minutes, the operation stops, and the worker stays as it was.`,
          ]
        : []),
    ],
  };
}

function shown({ vcpu, memoryMiB, diskGiB }: MachineSize): string {
  return `${vcpu} vCPU, ${
    Math.round((memoryMiB / 1024) * 10) / 10
  } GiB of memory, ${diskGiB} GiB disk`;
}
