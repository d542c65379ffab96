import { createApiRef } from '@backstage/frontend-plugin-api';
import type {
  AccessToken,
  ApiInput,
  ApiOutput,
  ApprovalLimits,
  ApprovalLimitsOfEnvironment,
  AppliedQuota,
  AuditEntry,
  Backup,
  Cluster,
  ClusterArchive,
  ClusterSchedule,
  Environment,
  EnvironmentCheck,
  EnvironmentDraft,
  EnvironmentRecord,
  FieldProblem,
  Findings,
  Grant,
  GrantOptions,
  GrantRole,
  Lease,
  Operation,
  OperationEvent,
  OperationPlan,
  OperationRequest,
  OrderCheck,
  OrderDraft,
  OrderRequest,
  PossibleOperation,
  SchedulePreview,
  Share,
  Snapshot,
  ScheduleWish,
  Quota,
} from '@kubesmith/plugin-kubesmith-common';

/** Which clusters to list. @public */
export type ClusterQuery = ApiInput<'listClusters'>;

/** Which entries of the audit trail to list. @public */
export type AuditQuery = ApiInput<'listAuditEntries'>;

/** The environments that the user may change. @public */
export type EnvironmentRecords = ApiOutput<'listEnvironmentRecords'>;

/** Which findings to list. @public */
export type FindingQuery = ApiInput<'listFindings'>;

/** A quota as it is set. @public */
export type QuotaInput = ApiInput<'putQuota'>;

/** With whom to share a cluster, and how. @public */
export type NewShare = Pick<Share, 'subject' | 'role' | 'namespaces' | 'until'>;

/** An access token that is to be made. */
export type NewToken = ApiInput<'createToken'>;

/** An access token that was just made. Its text exists in this answer only. @public */
export type MadeToken = { token: AccessToken; secret: string };

/** A kubeconfig that was just issued. Its text exists in this answer only. @public */
export type IssuedKubeconfig = { grant: Grant; kubeconfig: string };

/**
 * What the pages and form fields need of the Kubesmith API. Every method rejects with a `KubesmithApiError`, or with the
 * error of the network.
 * @public
 */
export interface KubesmithApi {
  listEnvironments(): Promise<Environment[]>;
  /** The environments that the user may change, and what there is to choose from. */
  listEnvironmentRecords(): Promise<EnvironmentRecords>;
  /** What would be wrong with an environment, and what Proxmox has of it. */
  checkEnvironment(draft: EnvironmentDraft): Promise<EnvironmentCheck>;
  createEnvironment(draft: EnvironmentDraft): Promise<EnvironmentRecord>;
  /** Changes an environment, as long as it still is of the draft's `expectedVersion`. */
  updateEnvironment(
    name: string,
    draft: EnvironmentDraft,
  ): Promise<EnvironmentRecord>;
  deleteEnvironment(name: string, expectedVersion: number): Promise<unknown>;
  /** Gives a cluster to another environment. */
  moveCluster(clusterId: string, environment: string): Promise<unknown>;
  listClusters(
    query?: ClusterQuery,
  ): Promise<{ items: Cluster[]; total: number }>;
  getCluster(clusterId: string): Promise<Cluster>;
  /** What would be wrong with an order; empty when it would be accepted. */
  checkOrder(draft: OrderDraft): Promise<FieldProblem[]>;
  /** The same, and how the quotas stand that apply to the order. */
  previewOrder(draft: OrderDraft): Promise<OrderCheck>;
  /** The quotas that the user may change, and the names of the environments in which that is. */
  listQuotas(): Promise<{ items: Quota[]; environments: string[] }>;
  /** The quotas that apply to the user and to what the user's groups own. */
  listMyQuotas(): Promise<AppliedQuota[]>;
  /** Sets the limits of a quota; there is one at most for an environment, scope and subject. */
  putQuota(quota: QuotaInput): Promise<Quota>;
  deleteQuota(quotaId: string): Promise<Quota>;
  /** Above which size orders wait, where the user may change that; and the names of these environments. */
  listApprovalLimits(): Promise<{
    items: ApprovalLimitsOfEnvironment[];
    environments: string[];
  }>;
  /** No limit lets no order of the environment wait. */
  putApprovalLimits(
    environment: string,
    limits: ApprovalLimits,
  ): Promise<ApprovalLimitsOfEnvironment>;
  /** Where records and Proxmox do not agree, in the environments that the user looks after; open ones first. */
  listFindings(query?: FindingQuery): Promise<Findings>;
  /** Has the portal look now. */
  lookForFindings(): Promise<unknown>;
  /** Orders that wait for an approver, or did; waiting ones first. */
  listOrderRequests(): Promise<OrderRequest[]>;
  approveOrderRequest(id: string, reason?: string): Promise<OrderRequest>;
  refuseOrderRequest(id: string, reason: string): Promise<OrderRequest>;
  withdrawOrderRequest(id: string): Promise<OrderRequest>;
  /** Operations of a cluster, newest first; with `before`, those that were asked for before that one (its id). */
  listOperations(
    clusterId: string,
    page?: { before?: string; limit?: number },
  ): Promise<Operation[]>;
  /** Events with an id larger than `after`, oldest first. */
  listOperationEvents(
    operationId: string,
    query: { after: number; limit: number },
  ): Promise<OperationEvent[]>;
  /** The snapshots of a cluster, newest first. */
  listSnapshots(clusterId: string): Promise<Snapshot[]>;
  /** The operations that the user has the right to begin on a cluster. */
  listPossibleOperations(clusterId: string): Promise<PossibleOperation[]>;
  /** What an operation would do. */
  planOperation(
    clusterId: string,
    request: OperationRequest,
  ): Promise<OperationPlan>;
  /** Begins an operation, as long as its plan is the one that was agreed to. */
  startOperation(
    clusterId: string,
    options: {
      /** The same for each try of one wish. */
      requestId: string;
      request: OperationRequest;
      fingerprint: string;
      reason?: string;
    },
  ): Promise<Operation>;
  cancelOperation(operationId: string): Promise<Operation>;
  retryOperation(operationId: string): Promise<Operation>;
  listBackups(clusterId: string): Promise<Backup[]>;
  listGrants(clusterId: string): Promise<Grant[]>;
  issueGrant(
    clusterId: string,
    options: { role: GrantRole; hours: number; namespaces?: string[] },
  ): Promise<IssuedKubeconfig>;
  /** Which kubeconfigs the user may have of a cluster. */
  getGrantOptions(clusterId: string): Promise<GrantOptions>;
  revokeGrant(grantId: string): Promise<Grant>;
  /** With whom a cluster is shared now. */
  listShares(clusterId: string): Promise<Share[]>;
  createShare(clusterId: string, share: NewShare): Promise<Share>;
  endShare(shareId: string): Promise<Share>;
  /** When a cluster ends, and what the user may change about it. */
  getLease(clusterId: string): Promise<Lease>;
  /** Puts the end later; either until a time (ISO 8601) or by days from now. */
  extendLease(
    clusterId: string,
    wanted: { until?: string; days?: number },
  ): Promise<Lease>;
  /** When a cluster sleeps and wakes by itself, and whether the user may change it. */
  getSchedule(clusterId: string): Promise<ClusterSchedule>;
  /** What a timetable would do, and what is wrong with it. */
  previewSchedule(wish: ScheduleWish): Promise<SchedulePreview>;
  /** Gives a cluster a timetable; none takes it away. */
  setSchedule(clusterId: string, wish: ScheduleWish): Promise<ClusterSchedule>;
  /** Keeps a cluster awake until a time (ISO 8601); no longer, without one. */
  snoozeSchedule(clusterId: string, until?: string): Promise<ClusterSchedule>;
  /** Keeps a cluster from expiring. */
  holdLease(
    clusterId: string,
    hold: { reason: string; until?: string },
  ): Promise<Lease>;
  releaseLease(clusterId: string): Promise<Lease>;
  /** What a cluster was when its deletion began; undefined for one that is not being deleted. */
  getArchive(clusterId: string): Promise<ClusterArchive | undefined>;
  /** The user's own access tokens, newest first, and how many days new ones may last. */
  listTokens(): Promise<{
    items: AccessToken[];
    defaultDays: number;
    maxDays: number;
  }>;
  createToken(token: NewToken): Promise<MadeToken>;
  revokeToken(tokenId: string): Promise<AccessToken>;
  /** Entries of the audit trail, newest first. */
  listAuditEntries(query: AuditQuery): Promise<AuditEntry[]>;
  /** The same as CSV. */
  exportAuditEntries(
    query: Omit<AuditQuery, 'before' | 'limit'>,
  ): Promise<string>;
}

/** The Kubesmith API of the signed-in user. @public */
export const kubesmithApiRef = createApiRef<KubesmithApi>().with({
  id: 'plugin.kubesmith.client',
  pluginId: 'kubesmith',
});
