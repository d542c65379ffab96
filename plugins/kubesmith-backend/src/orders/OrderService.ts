import { randomUUID } from 'node:crypto';
import {
  type FieldProblem,
  type OrderDraft,
  environmentEntityRef,
  nodeName,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import { ApprovalNeeded, type ApprovalRules } from '../approvals/ApprovalRules';
import type { RoomQueue, RoomView } from '../capacity/RoomQueue';
import type { QueuePlace } from '../capacity/estimateStarts';
import { neverFits } from '../capacity/neverFits';
import { previewRoom } from '../capacity/previewRoom';
import type { MachineNeed } from '../capacity/records';
import type { ClusterStore, NewNode } from '../database/ClusterStore';
import { isUniqueViolation } from '../database/isUniqueViolation';
import { repeatWhenBusy } from '../database/repeatWhenBusy';
import type { OperationStore } from '../engine/OperationStore';
import { EnvironmentChanged } from '../environments/EnvironmentChanged';
import type { Environments } from '../environments/Environments';
import { requestRefused } from '../errors/apiErrors';
import type { CatalogPeople } from '../people/CatalogPeople';
import type { PoolStore } from '../pools/PoolStore';
import {
  type AppliedQuota,
  type Demand,
  type Quotas,
  longestLeaseDays,
  quotaProblems,
} from '../quotas/Quotas';
import { ScheduleStore } from '../schedules/ScheduleStore';
import type { SecretStore } from '../secrets/SecretStore';
import { generatePrivateKey } from '../tools/ssh/keys';
import type { Inventory } from './Inventory';
import {
  type MachineInspection,
  MachineReservations,
} from './MachineReservations';
import { type Orderer, orderableEnvironments } from './caller';
import { KUBECTL_KEY_SECRET, SSH_KEY_SECRET } from './clusterKeys';
import { demandOf } from './demandOf';
import { type CheckedOrder, nameTaken, validateOrder } from './validateOrder';
import { DAY_MS } from '../time';

/** Unique keys refuse what an order from another pool took in the same moment. From the second attempt on there is none. */
const ATTEMPTS = 4;

/** The address of the Kubernetes API among the slots of a cluster. */
export const VIP_SLOT = 'vip';

/** What was seen before the transaction. */
type Inspection = MachineInspection & { room: RoomView };

/** What is reserved. */
export type Placed = { clusterId: string; operationId: string };

/** Who orders, and how to know the order again. */
export type OrderToPlace = {
  caller: Orderer;
  requestKey: string;
  taskId?: string;
  /** Somebody approved it: then it does not wait. */
  approved?: {
    /** Entity ref. */
    by: string;
    /** Says within the transaction that the order became a cluster; throws when it must not. */
    settle(tx: Knex.Transaction, clusterId: string): Promise<void>;
  };
};

/** Takes orders: checks them, and reserves name, addresses, machine ids and hosts in one transaction. */
export class OrderService {
  readonly #deps: {
    approvals: ApprovalRules;
    clusters: ClusterStore;
    environments: Environments;
    inventory: Inventory;
    knex: Knex;
    operations: OperationStore;
    people: Pick<CatalogPeople, 'claimsOf'>;
    pools: PoolStore;
    quotas: Quotas;
    room: RoomQueue;
    secrets: SecretStore;
  };
  readonly #machines: MachineReservations;
  readonly #schedules: ScheduleStore;

  constructor(deps: {
    approvals: ApprovalRules;
    clusters: ClusterStore;
    environments: Environments;
    inventory: Inventory;
    knex: Knex;
    operations: OperationStore;
    people: Pick<CatalogPeople, 'claimsOf'>;
    pools: PoolStore;
    quotas: Quotas;
    room: RoomQueue;
    secrets: SecretStore;
  }) {
    this.#deps = deps;
    this.#machines = new MachineReservations(deps);
    this.#schedules = new ScheduleStore(deps.knex);
  }

  /**
   * What is wrong with an order, all at once; how the quotas stand that apply to it, and why it would wait for an approval, as
   * far as it is filled in.
   */
  async check(
    draft: OrderDraft,
    caller: Orderer,
  ): Promise<{
    problems: FieldProblem[];
    quotas: AppliedQuota[];
    why: string[];
    /** Where it would stand if it had to wait for room. */
    queue?: QueuePlace;
  }> {
    const { approvals, people, quotas } = this.#deps;
    const { problems, orderable } = await this.#validate(draft, caller);
    const demand = await demandOf(draft, {
      caller,
      environments: orderable,
      people,
      problems,
    });
    if (!demand) return { problems, quotas: [], why: [] };
    const applied = await quotas.preview(demand);
    const environment = orderable.find(each => each.name === draft.environment);
    const preview = environment
      ? await previewRoom(this.#deps.room, {
          environment,
          owner: demand.owner,
          size: environment.sizes.find(({ name }) => name === draft.size),
          workers: draft.workers,
        })
      : {};
    return {
      problems: [
        ...problems,
        ...quotaProblems(applied, demand),
        ...(preview.problem ? [preview.problem] : []),
      ],
      quotas: applied,
      why: await approvals.preview(demand),
      queue: preview.queue,
    };
  }

  /**
   * Reserves a cluster and begins its operation. The same request key gives the same cluster, whatever else it says.
   * Throws a 400 with all problems, `ApprovalNeeded`, or a 503 when Proxmox does not answer; then nothing was reserved.
   */
  async place(draft: OrderDraft, request: OrderToPlace): Promise<Placed> {
    const earlier = await this.#findEarlier(request.requestKey);
    if (earlier) {
      return earlier;
    }
    const { order, problems, version } = await this.#validate(
      draft,
      request.caller,
    );
    if (!order) {
      // The same order may have been accepted in the meantime, by a double click; then its name is taken by itself.
      const twin = await this.#findEarlier(request.requestKey);
      if (twin) {
        return twin;
      }
      throw requestRefused(problems);
    }
    const demand = await this.#demandOf(order, request.caller);
    const early = await this.#refusal(demand, request);
    if (early) {
      // Or its twin took what was left.
      const twin = await this.#findEarlier(request.requestKey);
      if (twin) {
        return twin;
      }
      throw early;
    }
    const snapshot = await this.#inspect(order);
    const keys = {
      [SSH_KEY_SECRET]: await generatePrivateKey('kubesmith'),
      [KUBECTL_KEY_SECRET]: await generatePrivateKey('kubesmith-kubectl'),
    };
    for (let attempt = 1; ; attempt++) {
      try {
        const { others, ...placed } = await repeatWhenBusy(() =>
          this.#deps.knex.transaction(tx =>
            // What was taken in the same moment came from another pool; the second time, those wait too.
            this.#reserve(tx, { ...order, version }, request, {
              demand,
              snapshot,
              keys,
              alone: attempt > 1,
            }),
          ),
        );
        await this.#deps.room.announce(others);
        return placed;
      } catch (error) {
        // What was checked does not hold any more: everything is looked at anew.
        if (error instanceof EnvironmentChanged) {
          return this.place(draft, request);
        }
        if (attempt === ATTEMPTS || !isUniqueViolation(error)) {
          throw error;
        }
      }
    }
  }

  async #validate(draft: OrderDraft, caller: Orderer) {
    const { clusters, environments, pools } = this.#deps;
    const current = await environments.current();
    const orderable = orderableEnvironments(current, caller);
    const checked = await validateOrder(draft, {
      caller,
      environments: orderable,
      isNameTaken: cluster => clusters.isNameTaken(cluster),
      poolUsage: poolId => pools.usage(poolId),
    });
    const { version } =
      current.find(({ name }) => name === draft.environment) ?? {};
    return { ...checked, orderable, version };
  }

  /** Asks the catalog, if it must: not within the transaction. */
  async #demandOf(order: CheckedOrder, caller: Orderer): Promise<Demand> {
    const demand = await demandOf(
      { ...order, environment: order.environment.name, size: order.size.name },
      {
        caller,
        environments: [order.environment],
        people: this.#deps.people,
        problems: [],
      },
    );
    return demand!;
  }

  /**
   * Why the order will not be taken as things stand: then Proxmox need not be asked and no keys be made. It decides only what is
   * refused; that it is taken is decided in the transaction.
   */
  async #refusal(
    demand: Demand,
    { approved }: OrderToPlace,
  ): Promise<Error | undefined> {
    const { approvals, quotas } = this.#deps;
    const problems = quotaProblems(await quotas.preview(demand), demand);
    if (problems.length > 0) return requestRefused(problems);
    const why = approved ? [] : await approvals.preview(demand);
    return why.length > 0 ? new ApprovalNeeded(why, demand.owner) : undefined;
  }

  async #findEarlier(
    requestKey: string,
    tx?: Knex,
  ): Promise<Placed | undefined> {
    const { clusters, operations } = this.#deps;
    const cluster = await clusters.findByRequestKey(requestKey, tx);
    if (!cluster) {
      return undefined;
    }
    const all = await operations.list(cluster.id, tx);
    const create = all.find(({ kind }) => kind === 'create')!;
    return { clusterId: cluster.id, operationId: create.id };
  }

  /** Looks at Proxmox before the transaction. */
  async #inspect(order: CheckedOrder): Promise<Inspection> {
    const { room } = this.#deps;
    const inspection = await this.#machines.inspect(
      order.environment,
      order.workers + 1,
    );
    const view = await room.view();
    const problem = neverFits(order, view, room.limits);
    if (problem) throw requestRefused([problem]);
    return { ...inspection, room: view };
  }

  async #reserve(
    tx: Knex.Transaction,
    order: CheckedOrder & { version?: number },
    request: OrderToPlace,
    prepared: {
      demand: Demand;
      keys: Record<string, string>;
      snapshot: Inspection;
      /** Whether orders from all pools wait, not only those from the same one. */
      alone: boolean;
    },
  ): Promise<
    Placed & { /** Clusters whose turn came too. */ others: string[] }
  > {
    const { alone, demand, keys, snapshot } = prepared;
    const { clusters, environments, operations, pools, quotas, room, secrets } =
      this.#deps;
    const { environment } = order;
    // The first statement writes: from here on, orders from the same pool (or all) come one after another.
    await (alone ? pools.lockAll(tx) : pools.lock(tx, environment.pool.name));

    const earlier = await this.#findEarlier(request.requestKey, tx);
    if (earlier) {
      return { ...earlier, others: [] };
    }
    // Who changes or deletes an environment locks its pool, so from here on it stays as it is.
    const now = await environments.findIn(tx, environment.name);
    if (now?.version !== order.version) {
      throw new EnvironmentChanged(environment.name);
    }
    const place = { environment: environment.name, name: order.name };
    if (await clusters.isNameTaken(place, tx)) {
      throw requestRefused([nameTaken(place)]);
    }
    const leaseDays = Math.min(
      environment.leaseDays,
      longestLeaseDays(await quotas.require(tx, demand)) ?? Infinity,
    );
    const clusterId = randomUUID();
    await (request.approved?.settle(tx, clusterId) ??
      this.#deps.approvals.require(tx, demand));

    const operationId = randomUUID();
    const {
      addresses: [vip],
      nodes,
    } = await this.#machines.take(tx, {
      environment,
      poolId: environment.pool.name,
      clusterId,
      operationId,
      nodes: nodeSlots(order),
      size: order.size,
      slots: [VIP_SLOT],
      inspection: snapshot,
    });

    await clusters.insert(
      tx,
      {
        id: clusterId,
        name: order.name,
        environment: environment.name,
        owner: order.owner,
        createdBy: request.caller.userRef,
        environmentOwner: environment.owner,
        spec: {
          size: order.size.name,
          controlPlanes: 1,
          workers: order.workers,
          kubernetesVersion: order.kubernetesVersion,
          cni: environment.cni,
          ...(order.reason !== undefined && { reason: order.reason }),
        },
        poolId: environment.pool.name,
        vip,
        requestKey: request.requestKey,
        leaseMs: Math.round(leaseDays * DAY_MS),
      },
      nodes,
    );
    if (environment.timetable)
      await this.#schedules.begin(tx, clusterId, {
        timetable: environment.timetable,
        setBy: environmentEntityRef(environment.name),
      });
    for (const [name, key] of Object.entries(keys)) {
      await secrets.put(clusterId, name, key, tx);
    }
    await operations.insert(tx, {
      id: operationId,
      clusterId,
      kind: 'create',
      initiator: request.caller.userRef,
      taskId: request.taskId,
      requestKey: request.requestKey,
      input: {
        ...(order.reason !== undefined && { reason: order.reason }),
        ...(request.approved && { approvedBy: request.approved.by }),
      },
    });
    await operations.insertEvent(tx, operationId, {
      step: 'reserve',
      level: 'info',
      message: `${
        request.approved ? `Approved by ${request.approved.by}. ` : ''
      }Reserved ${vip} for the Kubernetes API and ${nodes
        .map(
          ({ name, ipAddress, vmid }) =>
            `${name} (${ipAddress}, machine ${vmid})`,
        )
        .join(', ')}`,
    });
    const { others } = await room.enter(
      tx,
      {
        operationId,
        clusterId,
        owner: order.owner,
        machines: machinesOf(order),
      },
      snapshot.room,
    );
    return { clusterId, operationId, others };
  }
}

function nodeSlots(order: CheckedOrder): Array<Pick<NewNode, 'name' | 'role'>> {
  return [
    {
      name: nodeName(order.name, 'control-plane', 1),
      role: 'control-plane' as const,
    },
    ...Array.from({ length: order.workers }, (_, index) => ({
      name: nodeName(order.name, 'worker', index + 1),
      role: 'worker' as const,
    })),
  ];
}

/** What the machines of an order need of hosts. */
function machinesOf(order: CheckedOrder): MachineNeed[] {
  return nodeSlots(order).map(({ name, role }) => ({
    node: name,
    role,
    memoryMiB: order.size.memoryMiB,
    diskGiB: order.size.diskGiB,
    clone: true,
  }));
}
