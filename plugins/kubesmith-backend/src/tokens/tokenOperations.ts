import type { ApiOperationId } from '@kubesmith/plugin-kubesmith-common';
import type { TokenRecord, TokenScope } from './records';
import { inPersonOnly, limitedToken, readOnlyToken } from './tokenErrors';

/**
 * What can be done by API with an access token, and the least scope for it. What is not here is for people who are signed in
 * themselves: it decides about other people or about environments, or makes tokens.
 */
const operations: Partial<Record<ApiOperationId, TokenScope>> = {
  getHealth: 'read',
  listEnvironments: 'read',
  listClusters: 'read',
  getCluster: 'read',
  getLease: 'read',
  getArchive: 'read',
  getSchedule: 'read',
  previewSchedule: 'read',
  listOperations: 'read',
  getOperation: 'read',
  listOperationEvents: 'read',
  listPossibleOperations: 'read',
  listSnapshots: 'read',
  listBackups: 'read',
  listGrants: 'read',
  getGrantOptions: 'read',
  listShares: 'read',
  listMyQuotas: 'read',
  listOrderRequests: 'read',
  getOrderRequest: 'read',
  checkOrder: 'operate',
  orderCluster: 'operate',
  withdrawOrderRequest: 'operate',
  deleteCluster: 'operate',
  planOperation: 'operate',
  startOperation: 'operate',
  extendLease: 'operate',
  setSchedule: 'operate',
  snoozeSchedule: 'operate',
  cancelOperation: 'operate',
  retryOperation: 'operate',
  issueGrant: 'operate',
  revokeGrant: 'operate',
};

/** What is about a person as a whole, and not about one environment. */
const everywhere: ReadonlySet<ApiOperationId> = new Set<ApiOperationId>([
  'listMyQuotas',
  'listOrderRequests',
  'getOrderRequest',
  'withdrawOrderRequest',
]);

/**
 * Refuses what an access token is not for, whatever its person may do.
 *
 * @throws NotAllowedError
 */
export function requireTokenFor(
  operation: ApiOperationId,
  token: Pick<TokenRecord, 'scope' | 'environment'> | undefined,
): void {
  if (!token) return;
  const least = operations[operation];
  if (!least) throw inPersonOnly();
  if (token.environment && everywhere.has(operation)) throw limitedToken();
  if (least === 'operate' && token.scope !== 'operate') throw readOnlyToken();
}
