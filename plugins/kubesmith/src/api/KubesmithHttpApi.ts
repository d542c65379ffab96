/* eslint new-cap: off -- the generated client names its methods after HTTP's: GET, POST */
import type { DiscoveryApi, FetchApi } from '@backstage/frontend-plugin-api';
import {
  createKubesmithClient,
  unwrap,
  type ApprovalLimits,
  type GrantRole,
  type KubesmithClient,
  type EnvironmentDraft,
  type OperationRequest,
  type OrderDraft,
  type ScheduleWish,
} from '@kubesmith/plugin-kubesmith-common';
import type {
  AuditQuery,
  ClusterQuery,
  FindingQuery,
  KubesmithApi,
  NewShare,
  NewToken,
  QuotaInput,
} from './kubesmithApi';

/** The Kubesmith API over HTTP, with the token of the signed-in user. */
export class KubesmithHttpApi implements KubesmithApi {
  readonly #discoveryApi: DiscoveryApi;
  readonly #fetchApi: FetchApi;

  constructor(apis: { discoveryApi: DiscoveryApi; fetchApi: FetchApi }) {
    this.#discoveryApi = apis.discoveryApi;
    this.#fetchApi = apis.fetchApi;
  }

  async listEnvironments() {
    const client = await this.#client();
    return (await unwrap(client.GET('/v1/environments'))).items;
  }

  async listEnvironmentRecords() {
    const client = await this.#client();
    return unwrap(client.GET('/v1/environment-records'));
  }

  async checkEnvironment(body: EnvironmentDraft) {
    const client = await this.#client();
    return unwrap(client.POST('/v1/environments/check', { body }));
  }

  async createEnvironment(body: EnvironmentDraft) {
    const client = await this.#client();
    return unwrap(client.POST('/v1/environments', { body }));
  }

  async updateEnvironment(name: string, body: EnvironmentDraft) {
    const client = await this.#client();
    return unwrap(
      client.PUT('/v1/environments/{name}', {
        params: { path: { name } },
        body,
      }),
    );
  }

  async deleteEnvironment(name: string, expectedVersion: number) {
    const client = await this.#client();
    return unwrap(
      client.DELETE('/v1/environments/{name}', {
        params: { path: { name }, query: { expectedVersion } },
      }),
    );
  }

  async moveCluster(clusterId: string, environment: string) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/clusters/{clusterId}/move', {
        params: { path: { clusterId } },
        body: { environment },
      }),
    );
  }

  async listClusters(query: ClusterQuery = {}) {
    const client = await this.#client();
    return unwrap(client.GET('/v1/clusters', { params: { query } }));
  }

  async getCluster(clusterId: string) {
    const client = await this.#client();
    return unwrap(
      client.GET('/v1/clusters/{clusterId}', {
        params: { path: { clusterId } },
      }),
    );
  }

  async checkOrder(draft: OrderDraft) {
    return (await this.previewOrder(draft)).problems;
  }

  async previewOrder(draft: OrderDraft) {
    const client = await this.#client();
    return unwrap(client.POST('/v1/orders/check', { body: draft }));
  }

  async listQuotas() {
    const client = await this.#client();
    return unwrap(client.GET('/v1/quotas'));
  }

  async listMyQuotas() {
    const client = await this.#client();
    return (await unwrap(client.GET('/v1/quotas/mine'))).items;
  }

  async putQuota(quota: QuotaInput) {
    const client = await this.#client();
    return unwrap(client.POST('/v1/quotas', { body: quota }));
  }

  async deleteQuota(quotaId: string) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/quotas/{quotaId}/delete', {
        params: { path: { quotaId } },
      }),
    );
  }

  async listApprovalLimits() {
    const client = await this.#client();
    return unwrap(client.GET('/v1/approval-limits'));
  }

  async putApprovalLimits(environment: string, limits: ApprovalLimits) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/approval-limits', { body: { environment, limits } }),
    );
  }

  async listFindings(query?: FindingQuery) {
    const client = await this.#client();
    return unwrap(client.GET('/v1/findings', { params: { query } }));
  }

  async lookForFindings() {
    const client = await this.#client();
    return unwrap(client.POST('/v1/findings/look'));
  }

  async listOrderRequests() {
    const client = await this.#client();
    return (await unwrap(client.GET('/v1/order-requests'))).items;
  }

  async approveOrderRequest(orderRequestId: string, reason?: string) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/order-requests/{orderRequestId}/approve', {
        params: { path: { orderRequestId } },
        body: reason ? { reason } : {},
      }),
    );
  }

  async refuseOrderRequest(orderRequestId: string, reason: string) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/order-requests/{orderRequestId}/refuse', {
        params: { path: { orderRequestId } },
        body: { reason },
      }),
    );
  }

  async withdrawOrderRequest(orderRequestId: string) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/order-requests/{orderRequestId}/withdraw', {
        params: { path: { orderRequestId } },
      }),
    );
  }

  async listOperations(
    clusterId: string,
    query: { before?: string; limit?: number } = {},
  ) {
    const client = await this.#client();
    const answer = client.GET('/v1/clusters/{clusterId}/operations', {
      params: { path: { clusterId }, query },
    });
    return (await unwrap(answer)).items;
  }

  async listSnapshots(clusterId: string) {
    const client = await this.#client();
    const answer = client.GET('/v1/clusters/{clusterId}/snapshots', {
      params: { path: { clusterId } },
    });
    return (await unwrap(answer)).items;
  }

  async listPossibleOperations(clusterId: string) {
    const client = await this.#client();
    const answer = client.GET('/v1/clusters/{clusterId}/operations/possible', {
      params: { path: { clusterId } },
    });
    return (await unwrap(answer)).items;
  }

  async planOperation(clusterId: string, request: OperationRequest) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/clusters/{clusterId}/operations/plan', {
        params: { path: { clusterId } },
        body: request,
      }),
    );
  }

  async startOperation(
    clusterId: string,
    options: {
      requestId: string;
      request: OperationRequest;
      fingerprint: string;
      reason?: string;
    },
  ) {
    const client = await this.#client();
    const answer = client.POST('/v1/clusters/{clusterId}/operations', {
      params: { path: { clusterId } },
      body: options,
    });
    return (await unwrap(answer)).operation;
  }

  async listOperationEvents(
    operationId: string,
    query: { after: number; limit: number },
  ) {
    const client = await this.#client();
    const answer = client.GET('/v1/operations/{operationId}/events', {
      params: { path: { operationId }, query },
    });
    return (await unwrap(answer)).items;
  }

  async cancelOperation(operationId: string) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/operations/{operationId}/cancel', {
        params: { path: { operationId } },
        body: {},
      }),
    );
  }

  async retryOperation(operationId: string) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/operations/{operationId}/retry', {
        params: { path: { operationId } },
      }),
    );
  }

  async listBackups(clusterId: string) {
    const client = await this.#client();
    const answer = client.GET('/v1/clusters/{clusterId}/backups', {
      params: { path: { clusterId } },
    });
    return (await unwrap(answer)).items;
  }

  async listGrants(clusterId: string) {
    const client = await this.#client();
    const answer = client.GET('/v1/clusters/{clusterId}/grants', {
      params: { path: { clusterId } },
    });
    return (await unwrap(answer)).items;
  }

  async getGrantOptions(clusterId: string) {
    const client = await this.#client();
    return unwrap(
      client.GET('/v1/clusters/{clusterId}/grants/options', {
        params: { path: { clusterId } },
      }),
    );
  }

  async listShares(clusterId: string) {
    const client = await this.#client();
    const { items } = await unwrap(
      client.GET('/v1/clusters/{clusterId}/shares', {
        params: { path: { clusterId } },
      }),
    );
    return items;
  }

  async createShare(clusterId: string, share: NewShare) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/clusters/{clusterId}/shares', {
        params: { path: { clusterId } },
        body: share,
      }),
    );
  }

  async endShare(shareId: string) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/shares/{shareId}/end', {
        params: { path: { shareId } },
      }),
    );
  }

  async issueGrant(
    clusterId: string,
    options: { role: GrantRole; hours: number; namespaces?: string[] },
  ) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/clusters/{clusterId}/grants', {
        params: { path: { clusterId } },
        body: options,
      }),
    );
  }

  async revokeGrant(grantId: string) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/grants/{grantId}/revoke', {
        params: { path: { grantId } },
      }),
    );
  }

  async getLease(clusterId: string) {
    const client = await this.#client();
    return unwrap(
      client.GET('/v1/clusters/{clusterId}/lease', {
        params: { path: { clusterId } },
      }),
    );
  }

  async extendLease(
    clusterId: string,
    wanted: { until?: string; days?: number },
  ) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/clusters/{clusterId}/extend', {
        params: { path: { clusterId } },
        body: wanted,
      }),
    );
  }

  async getSchedule(clusterId: string) {
    const client = await this.#client();
    return unwrap(
      client.GET('/v1/clusters/{clusterId}/schedule', {
        params: { path: { clusterId } },
      }),
    );
  }

  async previewSchedule(wish: ScheduleWish) {
    const client = await this.#client();
    return unwrap(client.POST('/v1/schedules/preview', { body: wish }));
  }

  async setSchedule(clusterId: string, wish: ScheduleWish) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/clusters/{clusterId}/schedule', {
        params: { path: { clusterId } },
        body: wish,
      }),
    );
  }

  async snoozeSchedule(clusterId: string, until?: string) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/clusters/{clusterId}/schedule/snooze', {
        params: { path: { clusterId } },
        body: { until },
      }),
    );
  }

  async holdLease(clusterId: string, hold: { reason: string; until?: string }) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/clusters/{clusterId}/lease/hold', {
        params: { path: { clusterId } },
        body: hold,
      }),
    );
  }

  async releaseLease(clusterId: string) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/clusters/{clusterId}/lease/release', {
        params: { path: { clusterId } },
      }),
    );
  }

  async getArchive(clusterId: string) {
    const client = await this.#client();
    const answer = client.GET('/v1/clusters/{clusterId}/archive', {
      params: { path: { clusterId } },
    });
    return (await unwrap(answer)).archive;
  }

  async listTokens() {
    const client = await this.#client();
    return unwrap(client.GET('/v1/tokens'));
  }

  async createToken(body: NewToken) {
    const client = await this.#client();
    return unwrap(client.POST('/v1/tokens', { body }));
  }

  async revokeToken(tokenId: string) {
    const client = await this.#client();
    return unwrap(
      client.POST('/v1/tokens/{tokenId}/revoke', {
        params: { path: { tokenId } },
      }),
    );
  }

  async listAuditEntries(query: AuditQuery) {
    const client = await this.#client();
    return (await unwrap(client.GET('/v1/audit', { params: { query } }))).items;
  }

  async exportAuditEntries(query: Omit<AuditQuery, 'before' | 'limit'>) {
    const client = await this.#client();
    return unwrap(
      client.GET('/v1/audit/export', { params: { query }, parseAs: 'text' }),
    );
  }

  /** Discovery is asked before each call: where a plugin answers may change. */
  async #client(): Promise<KubesmithClient> {
    return createKubesmithClient({
      baseUrl: await this.#discoveryApi.getBaseUrl('kubesmith'),
      // The middlewares of the fetch API read a Request's body while they look
      // at it, and then pass on the used one: so it gets an address and options.
      fetch: async request =>
        this.#fetchApi.fetch(request.url, {
          method: request.method,
          headers: request.headers,
          body: request.body ? await request.text() : undefined,
        }),
    });
  }
}
