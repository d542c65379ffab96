import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import type { ClusterStore } from '../../database/ClusterStore';
import { LeaseStore } from '../../leases/LeaseStore';
import { demandOfCluster } from '../../orders/demandOf';
import type { CatalogPeople } from '../../people/CatalogPeople';
import { type Demand, type Quotas, quotaProblems } from '../../quotas/Quotas';
import { amountsOfNodes } from '../../quotas/amounts';
import type { RequestableOperation } from './RequestableOperation';

type Prepared = { demand: Demand };

/** Switches the machines of a cluster that sleeps on again. */
export function createWake(deps: {
  clusters: ClusterStore;
  people: CatalogPeople;
  quotas: Quotas;
}): RequestableOperation<Prepared> {
  const { clusters, people, quotas } = deps;
  return {
    kind: 'wake',
    title: 'Wake up',
    description:
      'Its machines are switched on again, the control plane first, and checked.',
    // A failed one may be half asleep.
    phases: ['hibernated', 'failed'],
    needsRoom: true,

    async prepare({ cluster, nodes }) {
      const { memoryMiB, vcpu } = amountsOfNodes(nodes);
      // One that failed counts as one that runs, because it may.
      const amounts = cluster.phase === 'hibernated' ? { memoryMiB, vcpu } : {};
      return {
        demand: {
          ...(await demandOfCluster(cluster, amounts, people)),
          field: 'kind',
        },
      };
    },

    async plan({ cluster, nodes, prepared }, db) {
      const { name } = cluster;
      const applied = await quotas.preview(prepared.demand, db);
      const isOver =
        (await new LeaseStore(db, clusters).end(cluster.id)) !== undefined;
      const off = nodes.filter(({ state }) => state === 'stopped');
      return {
        summary: `The cluster '${name}' will wake up: ${off.length} machines are switched on`,
        effects: [
          ...['control-plane', 'worker'].flatMap(role =>
            off
              .filter(node => node.role === role)
              .map(node => ({
                node: node.name,
                text: 'It is switched on; its clock and its certificates are checked.',
              })),
          ),
          {
            text: 'It can be used when the Kubernetes API answers and every node is ready.',
          },
          {
            text: 'Processors and memory count towards quotas again, from now on.',
          },
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
          ...(isOver
            ? [fieldProblem('kind', 'KUBESMITH-LEASE-OVER', { name })]
            : []),
          ...quotaProblems(applied, prepared.demand),
        ],
        quotas: applied,
        machines:
          cluster.phase === 'hibernated'
            ? nodes.map(node => ({
                node: node.name,
                role: node.role,
                memoryMiB: node.memoryMiB,
                diskGiB: 0,
                host: node.host,
                clone: false,
              }))
            : [],
        input: { nodes: off.map(node => node.name) },
      };
    },

    async reserve(tx, { prepared }) {
      // It counts as soon as the operation is recorded; see readUse.
      await quotas.require(tx, prepared.demand);
    },
  };
}
