import {
  type AuthService,
  type BackstageCredentials,
  type DiscoveryService,
  coreServices,
  createServiceFactory,
  createServiceRef,
} from '@backstage/backend-plugin-api';
import {
  type ApiInput,
  type ApiOperationId,
  type ApiOutput,
  type KubesmithClient,
  createKubesmithClient,
  unwrap,
} from '@kubesmith/plugin-kubesmith-common';

/** Who asks, and when to give up. @public */
export type KubesmithCallOptions = {
  credentials: BackstageCredentials;
  signal?: AbortSignal;
};

/**
 * The Kubesmith API for other backend plugins: one method per operation of the API document, named as there. The input is
 * path, query and body in one object. Throws `KubesmithApiError` (kubesmith-common) when the answer is not a success.
 *
 * @example
 * const cluster = await kubesmith.getCluster({ clusterId }, { credentials });
 * @public
 */
export type KubesmithService = {
  [Id in ApiOperationId]: (
    input: ApiInput<Id>,
    options: KubesmithCallOptions,
  ) => Promise<ApiOutput<Id>>;
};

/**
 * Reaches the Kubesmith backend, in this process or in another replica, as whoever the credentials say.
 * @public
 */
export const kubesmithServiceRef = createServiceRef<KubesmithService>({
  id: 'kubesmith.service',
  scope: 'plugin',
  defaultFactory: async service =>
    createServiceFactory({
      service,
      deps: { auth: coreServices.auth, discovery: coreServices.discovery },
      factory: deps => createKubesmithService(deps),
    }),
});

/** Makes the service from its parts. @public */
export function createKubesmithService(deps: {
  auth: AuthService;
  discovery: DiscoveryService;
}): KubesmithService {
  /** A client for one call: address and token may both change from call to call. */
  async function client(
    options: KubesmithCallOptions,
  ): Promise<KubesmithClient> {
    const [baseUrl, { token }] = await Promise.all([
      deps.discovery.getBaseUrl('kubesmith'),
      deps.auth.getPluginRequestToken({
        onBehalfOf: options.credentials,
        targetPluginId: 'kubesmith',
      }),
    ]);
    return createKubesmithClient({
      baseUrl,
      fetch: request => {
        request.headers.set('Authorization', `Bearer ${token}`);
        return fetch(request, { signal: options.signal });
      },
    });
  }

  return {
    async getHealth(_input, options) {
      return unwrap((await client(options)).GET('/v1/health'));
    },
    async listEnvironments(_input, options) {
      return unwrap((await client(options)).GET('/v1/environments'));
    },
    async createEnvironment(body, options) {
      return unwrap((await client(options)).POST('/v1/environments', { body }));
    },
    async checkEnvironment(body, options) {
      return unwrap(
        (await client(options)).POST('/v1/environments/check', { body }),
      );
    },
    async getEnvironment(path, options) {
      return unwrap(
        (await client(options)).GET('/v1/environments/{name}', {
          params: { path },
        }),
      );
    },
    async updateEnvironment({ name, ...body }, options) {
      return unwrap(
        (await client(options)).PUT('/v1/environments/{name}', {
          params: { path: { name } },
          body,
        }),
      );
    },
    async deleteEnvironment({ name, ...query }, options) {
      return unwrap(
        (await client(options)).DELETE('/v1/environments/{name}', {
          params: { path: { name }, query },
        }),
      );
    },
    async listEnvironmentRecords(_input, options) {
      return unwrap((await client(options)).GET('/v1/environment-records'));
    },
    async moveCluster({ clusterId, ...body }, options) {
      return unwrap(
        (await client(options)).POST('/v1/clusters/{clusterId}/move', {
          params: { path: { clusterId } },
          body,
        }),
      );
    },
    async listClusters(query, options) {
      return unwrap(
        (await client(options)).GET('/v1/clusters', { params: { query } }),
      );
    },
    async orderCluster(body, options) {
      return unwrap((await client(options)).POST('/v1/clusters', { body }));
    },
    async checkOrder(body, options) {
      return unwrap((await client(options)).POST('/v1/orders/check', { body }));
    },
    async getCluster(path, options) {
      return unwrap(
        (await client(options)).GET('/v1/clusters/{clusterId}', {
          params: { path },
        }),
      );
    },
    async deleteCluster({ clusterId, ...body }, options) {
      return unwrap(
        (await client(options)).POST('/v1/clusters/{clusterId}/delete', {
          params: { path: { clusterId } },
          body,
        }),
      );
    },
    async previewSchedule(body, options) {
      return unwrap(
        (await client(options)).POST('/v1/schedules/preview', { body }),
      );
    },
    async getSchedule(path, options) {
      return unwrap(
        (await client(options)).GET('/v1/clusters/{clusterId}/schedule', {
          params: { path },
        }),
      );
    },
    async setSchedule({ clusterId, ...body }, options) {
      return unwrap(
        (await client(options)).POST('/v1/clusters/{clusterId}/schedule', {
          params: { path: { clusterId } },
          body,
        }),
      );
    },
    async snoozeSchedule({ clusterId, ...body }, options) {
      return unwrap(
        (await client(options)).POST(
          '/v1/clusters/{clusterId}/schedule/snooze',
          { params: { path: { clusterId } }, body },
        ),
      );
    },
    async getLease(path, options) {
      return unwrap(
        (await client(options)).GET('/v1/clusters/{clusterId}/lease', {
          params: { path },
        }),
      );
    },
    async extendLease({ clusterId, ...body }, options) {
      return unwrap(
        (await client(options)).POST('/v1/clusters/{clusterId}/extend', {
          params: { path: { clusterId } },
          body,
        }),
      );
    },
    async holdLease({ clusterId, ...body }, options) {
      return unwrap(
        (await client(options)).POST('/v1/clusters/{clusterId}/lease/hold', {
          params: { path: { clusterId } },
          body,
        }),
      );
    },
    async releaseLease(path, options) {
      return unwrap(
        (await client(options)).POST('/v1/clusters/{clusterId}/lease/release', {
          params: { path },
        }),
      );
    },
    async getArchive(path, options) {
      return unwrap(
        (await client(options)).GET('/v1/clusters/{clusterId}/archive', {
          params: { path },
        }),
      );
    },
    async listOperations({ clusterId, ...query }, options) {
      return unwrap(
        (await client(options)).GET('/v1/clusters/{clusterId}/operations', {
          params: { path: { clusterId }, query },
        }),
      );
    },
    async startOperation({ clusterId, ...body }, options) {
      return unwrap(
        (await client(options)).POST('/v1/clusters/{clusterId}/operations', {
          params: { path: { clusterId } },
          body,
        }),
      );
    },
    async planOperation({ clusterId, ...body }, options) {
      return unwrap(
        (await client(options)).POST(
          '/v1/clusters/{clusterId}/operations/plan',
          { params: { path: { clusterId } }, body },
        ),
      );
    },
    async listSnapshots(path, options) {
      return unwrap(
        (await client(options)).GET('/v1/clusters/{clusterId}/snapshots', {
          params: { path },
        }),
      );
    },
    async listPossibleOperations(path, options) {
      return unwrap(
        (await client(options)).GET(
          '/v1/clusters/{clusterId}/operations/possible',
          { params: { path } },
        ),
      );
    },
    async getOperation(path, options) {
      return unwrap(
        (await client(options)).GET('/v1/operations/{operationId}', {
          params: { path },
        }),
      );
    },
    async listOperationEvents({ operationId, ...query }, options) {
      return unwrap(
        (await client(options)).GET('/v1/operations/{operationId}/events', {
          params: { path: { operationId }, query },
        }),
      );
    },
    async cancelOperation({ operationId, ...body }, options) {
      return unwrap(
        (await client(options)).POST('/v1/operations/{operationId}/cancel', {
          params: { path: { operationId } },
          body,
        }),
      );
    },
    async retryOperation(path, options) {
      return unwrap(
        (await client(options)).POST('/v1/operations/{operationId}/retry', {
          params: { path },
        }),
      );
    },
    async ensureStep({ operationId, step, ...body }, options) {
      return unwrap(
        (await client(options)).POST(
          '/v1/operations/{operationId}/steps/{step}/ensure',
          { params: { path: { operationId, step } }, body },
        ),
      );
    },
    async listBackups(path, options) {
      return unwrap(
        (await client(options)).GET('/v1/clusters/{clusterId}/backups', {
          params: { path },
        }),
      );
    },
    async listGrants(path, options) {
      return unwrap(
        (await client(options)).GET('/v1/clusters/{clusterId}/grants', {
          params: { path },
        }),
      );
    },
    async getGrantOptions(path, options) {
      return unwrap(
        (await client(options)).GET('/v1/clusters/{clusterId}/grants/options', {
          params: { path },
        }),
      );
    },
    async listShares(path, options) {
      return unwrap(
        (await client(options)).GET('/v1/clusters/{clusterId}/shares', {
          params: { path },
        }),
      );
    },
    async createShare({ clusterId, ...body }, options) {
      return unwrap(
        (await client(options)).POST('/v1/clusters/{clusterId}/shares', {
          params: { path: { clusterId } },
          body,
        }),
      );
    },
    async endShare(path, options) {
      return unwrap(
        (await client(options)).POST('/v1/shares/{shareId}/end', {
          params: { path },
        }),
      );
    },
    async issueGrant({ clusterId, ...body }, options) {
      return unwrap(
        (await client(options)).POST('/v1/clusters/{clusterId}/grants', {
          params: { path: { clusterId } },
          body,
        }),
      );
    },
    async revokeGrant(path, options) {
      return unwrap(
        (await client(options)).POST('/v1/grants/{grantId}/revoke', {
          params: { path },
        }),
      );
    },
    async listQuotas(query, options) {
      return unwrap(
        (await client(options)).GET('/v1/quotas', { params: { query } }),
      );
    },
    async putQuota(body, options) {
      return unwrap((await client(options)).POST('/v1/quotas', { body }));
    },
    async listMyQuotas(_input, options) {
      return unwrap((await client(options)).GET('/v1/quotas/mine'));
    },
    async deleteQuota(path, options) {
      return unwrap(
        (await client(options)).POST('/v1/quotas/{quotaId}/delete', {
          params: { path },
        }),
      );
    },
    async listApprovalLimits(_input, options) {
      return unwrap((await client(options)).GET('/v1/approval-limits'));
    },
    async putApprovalLimits(body, options) {
      return unwrap(
        (await client(options)).POST('/v1/approval-limits', { body }),
      );
    },
    async listOrderRequests(query, options) {
      return unwrap(
        (await client(options)).GET('/v1/order-requests', {
          params: { query },
        }),
      );
    },
    async getOrderRequest(path, options) {
      return unwrap(
        (await client(options)).GET('/v1/order-requests/{orderRequestId}', {
          params: { path },
        }),
      );
    },
    async approveOrderRequest({ orderRequestId, ...body }, options) {
      return unwrap(
        (await client(options)).POST(
          '/v1/order-requests/{orderRequestId}/approve',
          { params: { path: { orderRequestId } }, body },
        ),
      );
    },
    async refuseOrderRequest({ orderRequestId, ...body }, options) {
      return unwrap(
        (await client(options)).POST(
          '/v1/order-requests/{orderRequestId}/refuse',
          { params: { path: { orderRequestId } }, body },
        ),
      );
    },
    async withdrawOrderRequest(path, options) {
      return unwrap(
        (await client(options)).POST(
          '/v1/order-requests/{orderRequestId}/withdraw',
          { params: { path } },
        ),
      );
    },
    async listFindings(query, options) {
      return unwrap(
        (await client(options)).GET('/v1/findings', { params: { query } }),
      );
    },
    async lookForFindings(_input, options) {
      return unwrap((await client(options)).POST('/v1/findings/look'));
    },
    async listAuditEntries(query, options) {
      return unwrap(
        (await client(options)).GET('/v1/audit', { params: { query } }),
      );
    },
    async exportAuditEntries(query, options) {
      return unwrap(
        (await client(options)).GET('/v1/audit/export', {
          params: { query },
          parseAs: 'text',
        }),
      );
    },
    async verifyAudit(_input, options) {
      return unwrap((await client(options)).GET('/v1/audit/verify'));
    },
    async recordAuditEvent(body, options) {
      return unwrap((await client(options)).POST('/v1/audit', { body }));
    },
    async listTokens(_input, options) {
      return unwrap((await client(options)).GET('/v1/tokens'));
    },
    async createToken(body, options) {
      return unwrap((await client(options)).POST('/v1/tokens', { body }));
    },
    async revokeToken(path, options) {
      return unwrap(
        (await client(options)).POST('/v1/tokens/{tokenId}/revoke', {
          params: { path },
        }),
      );
    },
  };
}
