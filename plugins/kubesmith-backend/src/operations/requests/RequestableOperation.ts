import type {
  ClusterPhase,
  FieldProblem,
  OperationPlan,
  OperationRequest,
  RequestableKind,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { MachineNeed } from '../../capacity/records';
import type { ClusterRecord, NodeRecord } from '../../database/records';
import type { Caller, Orderer } from '../../orders/caller';
import type { AppliedQuota } from '../../quotas/Quotas';

/** A field of a request that belongs to some kinds only. */
export type RequestField = Exclude<keyof OperationRequest, 'kind'>;

/** Who wants it: a person with what the policies let the person order, or the platform itself, which orders nothing. */
export type OperationCaller = Caller & Partial<Pick<Orderer, 'mayOrder'>>;

/** What is to be done, with what, and who wants it. */
export interface RequestContext {
  request: OperationRequest;
  caller: OperationCaller;
  cluster: ClusterRecord;
  /** Those that are not removed. */
  nodes: NodeRecord[];
}

/** What an operation would do, as far as its own kind knows. */
export interface PlanDraft {
  /** One sentence. */
  summary: string;
  effects: OperationPlan['effects'];
  warnings?: string[];
  /** Why it cannot begin. With any, nothing else of the plan counts. */
  problems?: FieldProblem[];
  quotas?: AppliedQuota[];
  /**
   * What it needs of hosts before its first step, if its kind `needsRoom`: machines to clone, to start, or to make larger. When
   * there is no room, the operation begins by waiting for it. See `capacity/README.md`.
   */
  machines?: MachineNeed[];
  /** What was decided, for the steps; recorded with the operation. Never a secret. */
  input?: Record<string, unknown>;
}

/** What is known in the transaction that records the operation. */
export interface ReserveContext<Prepared> extends RequestContext {
  /** As agreed to. */
  plan: PlanDraft;
  prepared: Prepared;
  operationId: string;
}

/**
 * A kind of operation that people begin on a cluster that there is. Its steps are defined beside (`operations/<kind>.ts`) and
 * announced in `operations/plans.ts`; this is what happens before them.
 */
export interface RequestableOperation<Prepared = any> {
  kind: RequestableKind;
  /** For the menu. */
  title: string;
  /** One sentence for the menu: what it is good for. */
  description: string;
  /** In which the cluster may be. */
  phases: readonly ClusterPhase[];
  fields?: {
    required?: readonly RequestField[];
    optional?: readonly RequestField[];
  };
  /** Whether its plans name machines that need room on hosts. */
  needsRoom?: boolean;
  /**
   * Looks at the world outside of the database, such as the catalog or Proxmox: never called within a transaction, and each time
   * before {@link RequestableOperation.plan}.
   *
   * @throws what the API answers, such as a 503
   */
  prepare?(context: RequestContext): Promise<Prepared>;
  /**
   * What would happen, by the records and what was prepared. Called to show it, and again in the transaction that begins it.
   *
   * @param db - the transaction, if there is one
   */
  plan(
    context: RequestContext & { prepared: Prepared },
    db: Knex,
  ): Promise<PlanDraft>;
  /**
   * Takes what the operation needs: quotas, addresses, machine ids; or does it at once, when no step is needed. Other operations
   * of the cluster wait until the transaction ends.
   *
   * @throws what the API answers; then nothing was recorded
   */
  reserve?(
    tx: Knex.Transaction,
    context: ReserveContext<Prepared>,
  ): Promise<void>;
}
