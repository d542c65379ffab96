import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import type { RequestableOperation } from './RequestableOperation';

/** Switches all machines of a cluster off; what is on their disks stays. */
export function createHibernate(): RequestableOperation {
  return {
    kind: 'hibernate',
    title: 'Hibernate',
    description:
      'Its machines are switched off and everything on them is kept, until somebody wakes it.',
    // A failed one may be half asleep.
    phases: ['ready', 'failed'],

    async plan({ cluster, nodes }) {
      const { name } = cluster;
      const on = nodes.filter(({ state }) => state !== 'stopped');
      const unfinished =
        cluster.phase === 'ready' &&
        nodes.find(({ state }) => state !== 'ready');
      return {
        summary: `The cluster '${name}' will sleep: ${on.length} machines are switched off`,
        effects: [
          ...inOrder(on).map(node => ({
            node: node.name,
            text: 'Its system is shut down; after two minutes the power is cut.',
          })),
          {
            text: 'The Kubernetes API and everything that runs on the cluster stop until it is woken.',
          },
          {
            text: 'Disks, addresses and names are kept; processors and memory no longer count towards quotas.',
          },
        ],
        warnings: [
          'Its time goes on: it ends when it would have ended.',
          'Waking it needs room on the hosts and in the quotas again, and may have to wait for it.',
        ],
        problems: [
          ...(cluster.everReady
            ? []
            : [
                fieldProblem('kind', 'KUBESMITH-CLUSTER-NOT-READY', {
                  name,
                  phase: cluster.phase,
                }),
              ]),
          // Waking would wait for it in vain.
          ...(unfinished
            ? [
                fieldProblem('kind', 'KUBESMITH-NODE-UNFINISHED', {
                  node: unfinished.name,
                }),
              ]
            : []),
        ],
        input: { nodes: on.map(node => node.name) },
      };
    },
  };
}

/** Workers first. */
function inOrder<T extends { role: string }>(nodes: readonly T[]): T[] {
  return [
    ...nodes.filter(({ role }) => role === 'worker'),
    ...nodes.filter(({ role }) => role !== 'worker'),
  ];
}
