import {
  type FieldProblem,
  type Size,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { ApprovalRules } from '../../../approvals/ApprovalRules';
import type { RoomQueue } from '../../../capacity/RoomQueue';
import { neverFits } from '../../../capacity/neverFits';
import type { ClusterStore } from '../../../database/ClusterStore';
import type { ClusterRecord, NodeRecord } from '../../../database/records';
import type { Environments } from '../../../environments/Environments';
import type { EnvironmentRecord } from '../../../environments/records';
import { conflict } from '../../../errors/apiErrors';
import type {
  MachineInspection,
  MachineReservations,
} from '../../../orders/MachineReservations';
import { demandOfCluster } from '../../../orders/demandOf';
import { poolExhausted } from '../../../orders/validateOrder';
import { toOrderResource } from '../../../orders/caller';
import type { CatalogPeople } from '../../../people/CatalogPeople';
import type { PoolStore } from '../../../pools/PoolStore';
import {
  type Demand,
  type Quotas,
  quotaProblems,
} from '../../../quotas/Quotas';
import { amountsOfNodes } from '../../../quotas/amounts';
import type { ScaleInput } from '../../../steps/scale/input';
import type { KubectlRunner } from '../../../tools/ssh/kubectl';
import type {
  RequestContext,
  RequestableOperation,
} from '../RequestableOperation';
import { askNodes } from '../askNodes';
import { environmentOf } from '../environmentOf';
import { otherVersions } from '../otherVersions';
import { refused } from '../refused';
import { describeScale } from './describeScale';
import { planScale } from './planScale';

/** What scaling works with. */
export type ScaleDeps = {
  approvals: ApprovalRules;
  clusters: ClusterStore;
  environments: Pick<Environments, 'find' | 'findIn'>;
  kubectl: KubectlRunner;
  machineReservations: MachineReservations;
  people: Pick<CatalogPeople, 'claimsOf'>;
  pools: PoolStore;
  quotas: Quotas;
  room: Pick<RoomQueue, 'view' | 'limits'>;
};

type Prepared = {
  environment: EnvironmentRecord;
  /** Of a new worker. */
  size: Size;
  /** Without amounts. */
  demand: Demand;
  inspection?: MachineInspection;
  /** That no host is large enough, or that an upgrade comes first. */
  problem?: FieldProblem;
};

/** Adds workers, removes workers, or both. */
export function createScale(deps: ScaleDeps): RequestableOperation<Prepared> {
  const { approvals, clusters, environments, pools, quotas } = deps;

  /** By the records as they are; the wish says what is wanted of them. */
  async function decide(
    { cluster, request }: Pick<RequestContext, 'cluster' | 'request'>,
    environment: EnvironmentRecord,
    db?: Knex,
  ) {
    return planScale(
      cluster,
      await clusters.nodes(cluster.id, db),
      { workers: request.workers!, remove: request.remove },
      environment,
    );
  }

  return {
    kind: 'scale',
    title: 'Add or remove workers',
    description:
      'New workers join the cluster; those that leave are emptied first, and their machines are removed.',
    // A worker that is broken may be why it is not ready.
    phases: ['ready', 'failed', 'needs-attention'],
    fields: { required: ['workers'], optional: ['remove'] },
    needsRoom: true,

    async prepare(context) {
      const { cluster, nodes } = context;
      const environment = await environmentOf(cluster, environments);
      const size = sizeOfWorkers(cluster, nodes, environment);
      if (!size)
        throw conflict('KUBESMITH-SIZE-GONE', {
          environment: environment.name,
          size: cluster.spec.size,
          choices: environment.sizes.map(({ name }) => name).join(', '),
        });
      const prepared = {
        environment,
        size,
        demand: {
          ...(await demandOfCluster(cluster, {}, deps.people)),
          environmentTitle: environment.title,
          field: 'workers',
        },
      };
      const { plan } = await decide(context, environment);
      if (!plan || plan.added.length + plan.completed.length === 0)
        return prepared;
      // New workers get the version of the cluster, and join a control plane that has it.
      const unfinished = otherVersions(
        cluster,
        nodes.filter(({ role }) => role === 'control-plane'),
        await askNodes(deps.kubectl, cluster.id),
        'workers',
      );
      if (unfinished) return { ...prepared, problem: unfinished };
      if (plan.added.length === 0) return prepared;
      // Who may not order such machines there does not get them by another way.
      const order = {
        owner: cluster.owner,
        size: size.name,
        kubernetesVersion: cluster.spec.kubernetesVersion,
      };
      if (!context.caller.mayOrder?.(toOrderResource(environment, order)))
        return {
          ...prepared,
          problem: fieldProblem('workers', 'KUBESMITH-ORDER-NOT-ALLOWED', {
            size: size.name,
            version: order.kubernetesVersion,
            owner: cluster.owner,
            environment: environment.name,
          }),
        };
      const demand = {
        ...prepared.demand,
        amounts: amountsOfNew(size, plan.added.length),
      };
      // Whom the quotas refuse has no use for a look at Proxmox.
      if (quotaProblems(await quotas.preview(demand), demand).length > 0)
        return prepared;
      const { room } = deps;
      return {
        ...prepared,
        problem: neverFits(
          { environment, size, workers: context.request.workers! },
          await room.view(),
          room.limits,
        ),
        inspection: await deps.machineReservations.inspect(
          environment,
          plan.added.length,
        ),
      };
    },

    async plan(context, db) {
      const { cluster, nodes, prepared } = context;
      const { environment, size, problem } = prepared;
      if (!cluster.everReady)
        return refused(
          fieldProblem('kind', 'KUBESMITH-NEVER-READY', { name: cluster.name }),
        );
      const { plan, problems } = await decide(context, environment, db);
      if (!plan) return { summary: problems[0].message, effects: [], problems };
      const demand = {
        ...prepared.demand,
        amounts: amountsOfNew(size, plan.added.length),
      };
      const applied = await quotas.preview(demand, db);
      const { free } = await pools.usage(cluster.poolId, db);
      const needed = plan.added.length;
      const leaving = new Set(plan.removed.map(({ name }) => name));
      const staying = nodes.filter(({ name }) => !leaving.has(name));
      const half = staying.find(({ wanted }) => wanted !== undefined);
      const why =
        needed > 0
          ? await approvals.previewGrowth(
              { ...demand, amounts: plus(amountsOfNodes(staying), demand) },
              amountsOfNodes(nodes),
              db,
            )
          : [];
      const input: ScaleInput = {
        added: plan.added,
        completed: plan.completed.map(({ name }) => name),
        removed: plan.removed.map(({ name }) => name),
      };
      return {
        ...describeScale(cluster, plan, size),
        problems: [
          ...(problem ? [problem] : []),
          // Terraform would give it its old size back.
          ...(half && plan.added.length + plan.completed.length > 0
            ? [
                fieldProblem('workers', 'KUBESMITH-NODE-UNFINISHED', {
                  node: half.name,
                }),
              ]
            : []),
          ...quotaProblems(applied, demand),
          ...(free < needed
            ? [poolExhausted({ pool: cluster.poolId, free, needed })]
            : []),
          ...(why.length > 0
            ? [
                fieldProblem('workers', 'KUBESMITH-GROWTH-NEEDS-APPROVAL', {
                  why: why.join(' '),
                  environment: environment.title,
                }),
              ]
            : []),
        ],
        quotas: applied,
        machines: [
          ...plan.added.map(node => ({ node, ...needOf(size) })),
          // One that was never made has no host yet.
          ...plan.completed
            .filter(({ state }) => state === 'planned')
            .map(node => ({ node: node.name, ...needOf(node) })),
        ],
        input,
      };
    },

    async reserve(tx, { cluster, operationId, plan, prepared }) {
      const { added } = plan.input as unknown as ScaleInput;
      if (added.length === 0) return;
      const { environment, inspection, size } = prepared;
      // All pools: then nobody takes the same machine ids in this moment.
      await pools.lockAll(tx);
      const now = await environments.findIn(tx, environment.name);
      if (now?.version !== environment.version || !inspection)
        throw conflict('KUBESMITH-PLAN-CHANGED', { name: cluster.name });
      await quotas.require(tx, {
        ...prepared.demand,
        amounts: amountsOfNew(size, added.length),
      });
      const { nodes } = await deps.machineReservations.take(tx, {
        environment,
        poolId: cluster.poolId,
        clusterId: cluster.id,
        operationId,
        nodes: added.map(name => ({ name, role: 'worker' })),
        size,
        inspection,
      });
      await clusters.addNodes(tx, cluster.id, nodes);
    },
  };
}

/** As ordered; when the environment has no such size any more, as the newest worker. */
function sizeOfWorkers(
  { spec }: ClusterRecord,
  nodes: NodeRecord[],
  { sizes }: EnvironmentRecord,
): Size | undefined {
  const ordered = sizes.find(({ name }) => name === spec.size);
  const newest = nodes.filter(({ role }) => role === 'worker').at(-1);
  if (ordered || !newest) return ordered;
  const { vcpu, memoryMiB, diskGiB } = newest;
  return { name: spec.size, title: spec.size, vcpu, memoryMiB, diskGiB };
}

function amountsOfNew(size: Size, count: number): Demand['amounts'] {
  return {
    nodes: count,
    addresses: count,
    vcpu: count * size.vcpu,
    memoryMiB: count * size.memoryMiB,
    diskGiB: count * size.diskGiB,
  };
}

function plus(
  amounts: ReturnType<typeof amountsOfNodes>,
  { amounts: more }: Pick<Demand, 'amounts'>,
): Demand['amounts'] {
  return {
    ...amounts,
    nodes: amounts.nodes + more.nodes!,
    vcpu: amounts.vcpu + more.vcpu!,
    memoryMiB: amounts.memoryMiB + more.memoryMiB!,
    diskGiB: amounts.diskGiB + more.diskGiB!,
  };
}

function needOf({ memoryMiB, diskGiB }: Pick<Size, 'memoryMiB' | 'diskGiB'>) {
  return { role: 'worker' as const, memoryMiB, diskGiB, clone: true };
}
