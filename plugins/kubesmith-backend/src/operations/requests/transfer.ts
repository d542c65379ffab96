import {
  type FieldProblem,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { ClusterStore } from '../../database/ClusterStore';
import { forgetNotices } from '../../leases/NoticeStore';
import { demandOfCluster, personOf } from '../../orders/demandOf';
import type { CatalogPeople } from '../../people/CatalogPeople';
import { type Demand, type Quotas, quotaProblems } from '../../quotas/Quotas';
import { amountsOfCluster } from '../../quotas/amounts';
import { subjectProblem } from '../../people/subjectProblem';
import { refused } from './refused';
import type { RequestableOperation } from './RequestableOperation';

type Prepared = {
  /** Why the new owner cannot be it. */
  problem?: FieldProblem;
  demand: Demand;
};

/** Gives a cluster to somebody else: a person, or a group. Nothing changes on its machines. */
export function createTransfer(deps: {
  clusters: Pick<ClusterStore, 'setOwner'>;
  people: CatalogPeople;
  quotas: Quotas;
}): RequestableOperation<Prepared> {
  const { clusters, people, quotas } = deps;
  const newOwner = (owner: string | undefined) =>
    owner!.toLocaleLowerCase('en-US');

  return {
    kind: 'transfer',
    title: 'Give to somebody else',
    description: 'Another person, or a group, owns the cluster from then on.',
    phases: ['ready', 'hibernated', 'failed', 'needs-attention'],
    fields: { required: ['owner'] },

    async prepare({ cluster, request, nodes }) {
      const owner = newOwner(request.owner);
      const problem = await subjectProblem(people, owner);
      return {
        problem: problem && { ...problem, field: 'owner' },
        demand: {
          ...(await demandOfCluster(
            { ...cluster, owner },
            amountsOfCluster(cluster, nodes),
            people,
          )),
          field: 'owner',
          already: {
            owner: cluster.owner,
            userRef: personOf(cluster),
          },
        },
      };
    },

    async plan({ caller, cluster, request, prepared }, db) {
      const owner = newOwner(request.owner);
      if (prepared.problem) return refused(prepared.problem);
      if (owner === cluster.owner)
        return refused(
          fieldProblem('owner', 'KUBESMITH-OWNER-ALREADY', {
            name: cluster.name,
            owner,
          }),
        );
      const applied = await quotas.preview(prepared.demand, db);
      return {
        summary: `The cluster '${cluster.name}' will belong to ${owner}`,
        effects: [
          { text: `${cluster.owner} does not own it any more.` },
          {
            text: 'Kubeconfigs of people who lose their right to it end within a minute.',
          },
          { text: 'It counts towards the quotas of the new owner.' },
          { text: 'Both get a notification. The new owner is not asked.' },
        ],
        warnings: [
          'Who does not own it, nor is allowed otherwise, cannot take it back: ask the new owner.',
        ],
        problems: quotaProblems(applied, prepared.demand),
        // How much others use is not everybody's business.
        quotas: applied.filter(
          ({ quota }) =>
            quota.scope === 'environment' || caller.claims.includes(owner),
        ),
        input: { from: cluster.owner, to: owner },
      };
    },

    async reserve(tx, { cluster, request, prepared }) {
      // Before it belongs to the new owner: then it is not counted twice.
      await quotas.require(tx, prepared.demand);
      await clusters.setOwner(tx, cluster.id, newOwner(request.owner));
      await forgetNotices(tx, cluster.id);
    },
  };
}
