import type { Size } from '@kubesmith/plugin-kubesmith-common';
import type { ClusterRecord } from '../../../database/records';
import { DRAIN_SECONDS } from '../../../steps/drain/drainNode';
import type { PlanDraft } from '../RequestableOperation';
import type { ScalePlan } from './planScale';

/** What people read before they agree: each node that comes or goes. */
export function describeScale(
  { name }: Pick<ClusterRecord, 'name'>,
  { added, completed, removed }: ScalePlan,
  size: Pick<Size, 'vcpu' | 'memoryMiB' | 'diskGiB'>,
): Pick<PlanDraft, 'summary' | 'effects' | 'warnings'> {
  const parts = [
    ...(added.length > 0 ? [`gets ${workers(added.length)}`] : []),
    ...(completed.length > 0
      ? [`has ${workers(completed.length)} completed`]
      : []),
    ...(removed.length > 0 ? [`loses ${workers(removed.length)}`] : []),
  ];
  const machine = `${size.vcpu} vCPU, ${
    Math.round((size.memoryMiB / 1024) * 10) / 10
  } GiB of memory, ${size.diskGiB} GiB disk`;
  return {
    summary: `The cluster '${name}' ${listed(parts)}`,
    effects: [
      ...completed.map(node => ({
        node: node.name,
        text: 'An earlier operation left it half made: it is completed and joins the cluster.',
      })),
      ...added.map(node => ({
        node,
        text: `A new machine (${machine}) is made and joins the cluster.`,
      })),
      ...removed.map(node => ({
        node: node.name,
        text: `Its Pods move to other nodes, then it leaves the cluster, and its machine and disk are removed${
          node.state === 'leaving'
            ? ' (an earlier operation left it half removed)'
            : ''
        }.`,
      })),
      { text: 'The cluster can be used all the time.' },
    ],
    warnings:
      removed.length > 0
        ? [
            `Pods that have not moved within ${
              DRAIN_SECONDS / 60
            } minutes end with their worker. Data on its disk, such as emptyDir and hostPath volumes, is lost.`,
          ]
        : [],
  };
}

function workers(count: number): string {
  return count === 1 ? 'one worker' : `${count} workers`;
}

function listed(parts: string[]): string {
  return parts.length < 2
    ? parts.join('')
    : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
