import { type Size, fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import type { ApprovalRules } from '../../../approvals/ApprovalRules';
import type { RoomQueue } from '../../../capacity/RoomQueue';
import { neverFits } from '../../../capacity/neverFits';
import type { ClusterStore } from '../../../database/ClusterStore';
import type { MachineSize, NodeRecord } from '../../../database/records';
import type { Environments } from '../../../environments/Environments';
import type { EnvironmentRecord } from '../../../environments/records';
import { toOrderResource } from '../../../orders/caller';
import { demandOfCluster } from '../../../orders/demandOf';
import type { CatalogPeople } from '../../../people/CatalogPeople';
import {
  type Demand,
  type Quotas,
  quotaProblems,
} from '../../../quotas/Quotas';
import { amountsOfNodes } from '../../../quotas/amounts';
import type { ResizeInput } from '../../resizeCluster';
import type {
  PlanDraft,
  RequestContext,
  RequestableOperation,
} from '../RequestableOperation';
import { environmentOf } from '../environmentOf';
import { describeResize } from './describeResize';

/** What resizing works with. */
export type ResizeDeps = {
  approvals: ApprovalRules;
  clusters: ClusterStore;
  environments: Pick<Environments, 'find'>;
  people: Pick<CatalogPeople, 'claimsOf'>;
  quotas: Quotas;
  room: Pick<RoomQueue, 'view' | 'limits'>;
};

type Prepared = {
  environment: EnvironmentRecord;
  size?: Size;
  /** Without amounts. */
  demand: Demand;
  problems: NonNullable<PlanDraft['problems']>;
};

/** A node and what becomes of it. */
export type ResizedNode = { node: NodeRecord; target: MachineSize };

/** Gives machines more, or fewer, processors and memory, and larger disks. */
export function createResize(deps: ResizeDeps): RequestableOperation<Prepared> {
  const { approvals, clusters, environments, quotas } = deps;
  return {
    kind: 'resize',
    title: 'Resize machines',
    description:
      'Machines get another size, one after the other: more processors and memory, or less. Disks only grow.',
    phases: ['ready'],
    fields: { required: ['size'], optional: ['nodes'] },
    needsRoom: true,

    async prepare({ caller, cluster, request }) {
      const environment = await environmentOf(cluster, environments);
      const size = environment.sizes.find(({ name }) => name === request.size);
      const problems: Prepared['problems'] = [];
      if (!size)
        problems.push(
          fieldProblem('size', 'KUBESMITH-SIZE-UNKNOWN', {
            size: request.size!,
            environment: environment.name,
            choices: environment.sizes.map(({ name }) => name).join(', '),
          }),
        );
      else {
        const order = {
          owner: cluster.owner,
          size: size.name,
          kubernetesVersion: cluster.spec.kubernetesVersion,
        };
        // Who may not order such machines does not get them by another way.
        if (!caller.mayOrder?.(toOrderResource(environment, order)))
          problems.push(
            fieldProblem('size', 'KUBESMITH-ORDER-NOT-ALLOWED', {
              size: size.name,
              version: order.kubernetesVersion,
              owner: cluster.owner,
              environment: environment.name,
            }),
          );
        const { room } = deps;
        const never = neverFits(
          { environment, size, workers: 0 },
          await room.view(),
          room.limits,
        );
        if (never) problems.push(never);
      }
      return {
        environment,
        size,
        demand: {
          ...(await demandOfCluster(cluster, {}, deps.people)),
          environmentTitle: environment.title,
          field: 'size',
        },
        problems,
      };
    },

    async plan(context, db) {
      const { cluster, nodes, prepared } = context;
      const { environment, size } = prepared;
      if (prepared.problems.length > 0 || !size)
        return {
          summary: prepared.problems[0].message,
          effects: [],
          problems: prepared.problems,
        };
      const { chosen, problems } = choose(context, size);
      if (problems.length > 0)
        return { summary: problems[0].message, effects: [], problems };
      const demand = { ...prepared.demand, amounts: growthOf(chosen) };
      const applied = await quotas.preview(demand, db);
      const why = await approvals.previewGrowth(
        { ...demand, amounts: amountsOfNodes(afterwards(nodes, chosen)) },
        amountsOfNodes(nodes),
        db,
      );
      const named = (role: NodeRecord['role']) =>
        chosen
          .filter(({ node }) => node.role === role)
          .map(({ node }) => node.name);
      const input: ResizeInput = {
        size: size.name,
        workers: named('worker'),
        controlPlanes: named('control-plane'),
      };
      return {
        ...describeResize(cluster, chosen, size),
        problems: [
          ...quotaProblems(applied, demand),
          ...(why.length > 0
            ? [
                fieldProblem('size', 'KUBESMITH-GROWTH-NEEDS-APPROVAL', {
                  why: why.join(' '),
                  environment: environment.title,
                }),
              ]
            : []),
        ],
        quotas: applied,
        machines: chosen.map(({ node, target }) => ({
          node: node.name,
          role: node.role,
          memoryMiB: target.memoryMiB - node.memoryMiB,
          diskGiB: target.diskGiB - node.diskGiB,
          host: node.host,
          clone: false,
        })),
        input,
      };
    },

    async reserve(tx, context) {
      const { cluster, nodes, prepared } = context;
      const size = prepared.size!;
      const { chosen } = choose(context, size);
      await quotas.require(tx, {
        ...prepared.demand,
        amounts: growthOf(chosen),
      });
      for (const { node, target } of chosen)
        await clusters.wantSize(tx, cluster.id, node.name, target);
      const workers = nodes.filter(({ role }) => role === 'worker');
      // The size of the next ones, when all have it.
      if (workers.every(worker => chosen.some(({ node }) => node === worker)))
        await clusters.setSize(tx, cluster.id, size.name);
    },
  };
}

/** Which nodes become another size: those that were named, or all workers; those that have it already are left out. */
function choose(
  {
    cluster,
    nodes,
    request,
  }: Pick<RequestContext, 'cluster' | 'nodes' | 'request'>,
  size: Size,
): { chosen: ResizedNode[]; problems: NonNullable<PlanDraft['problems']> } {
  const names = request.nodes && new Set(request.nodes);
  const unknown = [...(names ?? [])].filter(
    name => !nodes.some(node => node.name === name),
  );
  if (unknown.length > 0)
    return {
      chosen: [],
      problems: unknown.map(name =>
        fieldProblem('nodes', 'KUBESMITH-WORKER-UNKNOWN', {
          node: name,
          choices: nodes.map(node => node.name).join(', '),
        }),
      ),
    };
  const chosen = nodes
    .filter(node => names?.has(node.name) ?? node.role === 'worker')
    .map(node => ({
      node,
      target: {
        vcpu: size.vcpu,
        memoryMiB: size.memoryMiB,
        // A disk never shrinks.
        diskGiB: Math.max(size.diskGiB, node.diskGiB),
      },
    }))
    .filter(({ node, target }) => node.wanted || !isSame(node, target));
  const broken = chosen.find(
    ({ node }) => !['ready', 'stopped', 'running'].includes(node.state),
  );
  if (broken)
    return {
      chosen: [],
      problems: [
        fieldProblem('nodes', 'KUBESMITH-NODE-UNFINISHED', {
          node: broken.node.name,
        }),
      ],
    };
  return {
    chosen,
    problems:
      chosen.length > 0
        ? []
        : [
            fieldProblem('size', 'KUBESMITH-RESIZE-NOTHING', {
              name: cluster.name,
              size: size.name,
            }),
          ],
  };
}

function isSame(a: MachineSize, b: MachineSize): boolean {
  return (
    a.vcpu === b.vcpu && a.memoryMiB === b.memoryMiB && a.diskGiB === b.diskGiB
  );
}

/** What counts more than now; a node counts as the larger of what it is and what it was to become. */
function growthOf(chosen: ResizedNode[]): Demand['amounts'] {
  const grown = (key: keyof MachineSize) =>
    chosen.reduce(
      (sum, { node, target }) =>
        sum +
        Math.max(0, target[key] - Math.max(node[key], node.wanted?.[key] ?? 0)),
      0,
    );
  return {
    vcpu: grown('vcpu'),
    memoryMiB: grown('memoryMiB'),
    diskGiB: grown('diskGiB'),
  };
}

function afterwards(nodes: NodeRecord[], chosen: ResizedNode[]): NodeRecord[] {
  return nodes.map(node => ({
    ...node,
    ...chosen.find(other => other.node === node)?.target,
  }));
}
