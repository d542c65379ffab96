import { randomUUID } from 'node:crypto';
import {
  type FieldProblem,
  type OperationRequest,
  type RequestableKind,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { RoomQueue, RoomView } from '../../capacity/RoomQueue';
import type { ClusterStore } from '../../database/ClusterStore';
import type { ClusterRecord } from '../../database/records';
import { isUniqueViolation } from '../../database/isUniqueViolation';
import { repeatWhenBusy } from '../../database/repeatWhenBusy';
import type { OperationStore } from '../../engine/OperationStore';
import {
  conflict,
  conflictOf,
  notFound,
  requestRefused,
} from '../../errors/apiErrors';
import { reasonProblem } from '../../orders/reasonProblem';
import { fingerprintOf } from './fingerprint';
import { phaseProblem } from './phaseProblem';
import type {
  OperationCaller,
  PlanDraft,
  RequestContext,
  RequestField,
  RequestableOperation,
} from './RequestableOperation';

/** Who wants an operation, and how to know the wish again. */
export interface OperationToStart {
  clusterId: string;
  request: OperationRequest;
  caller: OperationCaller;
  requestKey: string;
  taskId?: string;
  reason?: string;
  /** The plan that was agreed to; whichever there is, if absent. */
  fingerprint?: string;
  /**
   * Whether the caller (still) may, for the cluster as nobody else can change it any more.
   *
   * @throws what the API answers when not
   */
  authorize: (cluster: ClusterRecord) => void;
}

/** A plan as it is shown. */
export type ShownPlan = PlanDraft & {
  problems: FieldProblem[];
  fingerprint: string;
};

/** The kinds of operations that can be begun, by name. */
export type RequestableOperations = Record<
  RequestableKind,
  RequestableOperation
>;

/** Plans operations on clusters that there are, and begins them: one at a time for each cluster. */
export class OperationRequests {
  readonly #deps: {
    clusters: ClusterStore;
    kinds: RequestableOperations;
    knex: Knex;
    operations: OperationStore;
    room: RoomQueue;
  };

  constructor(deps: {
    clusters: ClusterStore;
    kinds: RequestableOperations;
    knex: Knex;
    operations: OperationStore;
    room: RoomQueue;
  }) {
    this.#deps = deps;
  }

  /** All kinds, in the order of the menu. */
  get kinds(): readonly RequestableOperation[] {
    return Object.values(this.#deps.kinds);
  }

  /** One kind. */
  kind(name: RequestableKind): RequestableOperation {
    return this.#deps.kinds[name];
  }

  /** Tells of each kind why it cannot be begun on a cluster now; undefined if it can, as far as the cluster's state says. */
  async whyNot(
    cluster: ClusterRecord,
    db: Knex = this.#deps.knex,
  ): Promise<(kind: RequestableOperation) => FieldProblem | undefined> {
    const [live] = await this.#deps.operations.live(cluster.id, db);
    return kind => phaseProblem(kind, cluster, live);
  }

  /** What an operation would do; promises nothing. */
  async plan(
    cluster: ClusterRecord,
    request: OperationRequest,
    caller: OperationCaller,
  ): Promise<ShownPlan> {
    const { knex } = this.#deps;
    const kind = this.kind(request.kind);
    const problems = fieldProblems(kind, request);
    if (problems.length > 0) throw requestRefused(problems);
    const context = await this.#context(cluster, { request, caller }, knex);
    const prepared = await kind.prepare?.(context);
    const draft = await kind.plan({ ...context, prepared }, knex);
    const inTheWay = (await this.whyNot(cluster))(kind);
    return {
      ...draft,
      problems: [...(inTheWay ? [inTheWay] : []), ...(draft.problems ?? [])],
      fingerprint: fingerprintOf(draft),
    };
  }

  /**
   * Begins an operation. The same request key gives the same operation, whatever else it says.
   *
   * @returns the operation's id
   * @throws 400 with all problems; 409 when another operation goes on, or the plan is another one than was agreed to
   */
  async start(wish: OperationToStart): Promise<string> {
    const { clusters, knex, room } = this.#deps;
    const kind = this.kind(wish.request.kind);
    const earlier = await this.#findEarlier(wish, knex);
    if (earlier) return earlier;
    const problems = fieldProblems(kind, wish.request);
    const reason = reasonProblem(wish.reason);
    if (reason) problems.push(reason);
    if (problems.length > 0) throw requestRefused(problems);

    const known = await clusters.get(wish.clusterId);
    if (!known) throw notFound('cluster', wish.clusterId);
    const prepared = await kind.prepare?.(
      await this.#context(known, wish, knex),
    );
    const view = kind.needsRoom ? await room.view() : undefined;
    try {
      const { id, others } = await repeatWhenBusy(() =>
        knex.transaction(tx => this.#start(tx, kind, wish, prepared, view)),
      );
      await room.announce(others);
      return id;
    } catch (error) {
      // The same wish, in the same moment.
      const twin =
        isUniqueViolation(error) && (await this.#findEarlier(wish, knex));
      if (twin) return twin;
      throw error;
    }
  }

  async #start(
    tx: Knex.Transaction,
    kind: RequestableOperation,
    wish: OperationToStart,
    prepared: unknown,
    view: RoomView | undefined,
  ): Promise<{
    id: string;
    /** Clusters whose turn came too. */ others: string[];
  }> {
    const { clusters, operations, room } = this.#deps;
    // The first statements write, and make a second click and the engine wait.
    await operations.lock(wish.clusterId, tx);
    await clusters.lock(wish.clusterId, tx);
    const earlier = await this.#findEarlier(wish, tx);
    if (earlier) return { id: earlier, others: [] };
    const cluster = (await clusters.get(wish.clusterId, tx))!;
    wish.authorize(cluster);
    const inTheWay = (await this.whyNot(cluster, tx))(kind);
    if (inTheWay) throw conflictOf(inTheWay);
    const context = await this.#context(cluster, wish, tx);
    const plan = await kind.plan({ ...context, prepared }, tx);
    if (plan.problems?.length) throw requestRefused(plan.problems);
    if (
      wish.fingerprint !== undefined &&
      wish.fingerprint !== fingerprintOf(plan)
    ) {
      throw conflict('KUBESMITH-PLAN-CHANGED', { name: cluster.name });
    }

    const id = randomUUID();
    await kind.reserve?.(tx, { ...context, plan, prepared, operationId: id });
    await operations.insert(tx, {
      id,
      clusterId: cluster.id,
      kind: kind.kind,
      initiator: wish.caller.userRef,
      taskId: wish.taskId,
      requestKey: wish.requestKey,
      input: {
        ...plan.input,
        phaseBefore: cluster.phase,
        ...(wish.reason && { reason: wish.reason }),
      },
    });
    await operations.insertEvent(tx, id, {
      step: 'accept',
      level: 'info',
      message: `${wish.caller.userRef} asked for it: ${plan.summary}${
        wish.reason ? ` (${wish.reason})` : ''
      }`,
    });
    if (!view || !plan.machines?.length) return { id, others: [] };
    const { others } = await room.enter(
      tx,
      {
        operationId: id,
        clusterId: cluster.id,
        owner: cluster.owner,
        machines: plan.machines,
      },
      view,
    );
    return { id, others };
  }

  async #context(
    cluster: ClusterRecord,
    { request, caller }: Pick<OperationToStart, 'request' | 'caller'>,
    db: Knex,
  ): Promise<RequestContext> {
    return {
      request,
      caller,
      cluster,
      nodes: await this.#deps.clusters.liveNodes(cluster.id, db),
    };
  }

  async #findEarlier(
    { clusterId, requestKey }: OperationToStart,
    db: Knex,
  ): Promise<string | undefined> {
    const earlier = await this.#deps.operations.findByRequestKey(
      requestKey,
      db,
    );
    if (!earlier) return undefined;
    if (earlier.clusterId !== clusterId)
      throw requestRefused([
        fieldProblem('requestId', 'KUBESMITH-REQUEST-ID-USED', {}),
      ]);
    return earlier.id;
  }
}

/** What is missing, and what belongs to another kind. */
function fieldProblems(
  { fields = {} }: RequestableOperation,
  request: OperationRequest,
): FieldProblem[] {
  const { required = [], optional = [] } = fields;
  const given = Object.keys(request).filter(
    key => key !== 'kind' && request[key as RequestField] !== undefined,
  ) as RequestField[];
  return [
    ...required
      .filter(field => !given.includes(field))
      .map(field => fieldProblem(field, 'KUBESMITH-FIELD-MISSING', { field })),
    ...given
      .filter(field => !required.includes(field) && !optional.includes(field))
      .map(field => fieldProblem(field, 'KUBESMITH-FIELD-UNKNOWN', { field })),
  ];
}
