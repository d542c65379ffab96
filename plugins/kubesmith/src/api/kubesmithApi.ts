import { createApiRef } from '@backstage/frontend-plugin-api';
import type {
  ApiInput,
  AuditEntry,
  Cluster,
  Environment,
  FieldProblem,
  Grant,
  GrantRole,
  Operation,
  OperationEvent,
  OrderDraft,
} from '@kubesmith/plugin-kubesmith-common';

/** Which clusters to list. @public */
export type ClusterQuery = ApiInput<'listClusters'>;

/** Which entries of the audit trail to list. @public */
export type AuditQuery = ApiInput<'listAuditEntries'>;

/** A kubeconfig that was just issued. Its text exists in this answer only. @public */
export type IssuedKubeconfig = { grant: Grant; kubeconfig: string };

/**
 * What the pages and form fields need of the Kubesmith API. Every method rejects with a `KubesmithApiError`, or with the
 * error of the network.
 * @public
 */
export interface KubesmithApi {
  listEnvironments(): Promise<Environment[]>;
  listClusters(
    query?: ClusterQuery,
  ): Promise<{ items: Cluster[]; total: number }>;
  getCluster(clusterId: string): Promise<Cluster>;
  /** What would be wrong with an order; empty when it would be accepted. */
  checkOrder(draft: OrderDraft): Promise<FieldProblem[]>;
  /** All operations of a cluster, newest first. */
  listOperations(clusterId: string): Promise<Operation[]>;
  /** Events with an id larger than `after`, oldest first. */
  listOperationEvents(
    operationId: string,
    query: { after: number; limit: number },
  ): Promise<OperationEvent[]>;
  cancelOperation(operationId: string): Promise<Operation>;
  retryOperation(operationId: string): Promise<Operation>;
  listGrants(clusterId: string): Promise<Grant[]>;
  issueGrant(
    clusterId: string,
    options: { role: GrantRole; hours: number },
  ): Promise<IssuedKubeconfig>;
  revokeGrant(grantId: string): Promise<Grant>;
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
