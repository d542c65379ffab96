import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mockCredentials, mockServices } from '@backstage/backend-test-utils';
import { createKubesmithService } from './service';

const id = '6f0c1c57-7a30-4b16-8d1f-2d3e11a2e0aa';

describe('createKubesmithService', () => {
  const seen: Array<{
    request: string;
    authorization?: string;
    body: string;
  }> = [];
  let answer = { status: 200, body: '{}' };
  let server: Server;
  let baseUrl: string;

  beforeAll(async () => {
    server = createServer(async (request: IncomingMessage, response) => {
      let body = '';
      for await (const chunk of request) {
        body += chunk;
      }
      seen.push({
        request: `${request.method} ${request.url}`,
        authorization: request.headers.authorization,
        body,
      });
      response
        .writeHead(answer.status, { 'Content-Type': 'application/json' })
        .end(answer.body);
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    baseUrl = `http://127.0.0.1:${port}/api/kubesmith`;
  });

  beforeEach(() => {
    seen.length = 0;
    answer = { status: 200, body: '{}' };
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  function setUp() {
    const auth = mockServices.auth.mock();
    auth.getPluginRequestToken.mockResolvedValue({ token: 'the-token' });
    const discovery = mockServices.discovery.mock();
    discovery.getBaseUrl.mockImplementation(async () => baseUrl);
    const credentials = mockCredentials.user('user:default/student-1');
    return {
      auth,
      credentials,
      service: createKubesmithService({ auth, discovery }),
    };
  }

  it('has each operation at its place, as whoever the credentials say', async () => {
    const { auth, credentials, service } = setUp();
    const as = { credentials };
    await service.getHealth({}, as);
    await service.listEnvironments({}, as);
    await service.listClusters({ environment: 'research', limit: 5 }, as);
    await service.orderCluster(
      {
        requestId: '12345678',
        name: 'demo',
        environment: 'research',
        size: 'small',
        workers: 1,
      },
      as,
    );
    await service.checkOrder({ name: 'demo' }, as);
    await service.getCluster({ clusterId: id }, as);
    await service.deleteCluster({ clusterId: id, requestId: '12345678' }, as);
    await service.listOperations({ clusterId: id }, as);
    await service.getOperation({ operationId: id }, as);
    await service.listOperationEvents({ operationId: id, after: 3 }, as);
    await service.cancelOperation({ operationId: id, taskId: 't' }, as);
    await service.retryOperation({ operationId: id }, as);
    await service.ensureStep(
      { operationId: id, step: 'machines', taskId: 't', waitSeconds: 2 },
      as,
    );
    await service.listGrants({ clusterId: id }, as);
    await service.issueGrant({ clusterId: id, role: 'viewer' }, as);
    await service.revokeGrant({ grantId: id }, as);
    await service.listQuotas({ environment: 'research' }, as);
    await service.putQuota(
      { environment: 'research', scope: 'each-person', limits: { vcpu: 8 } },
      as,
    );
    await service.listMyQuotas({}, as);
    await service.deleteQuota({ quotaId: id }, as);
    await service.listApprovalLimits({}, as);
    await service.putApprovalLimits(
      { environment: 'research', limits: { workers: 3 } },
      as,
    );
    await service.listOrderRequests({ status: 'waiting' }, as);
    await service.getOrderRequest({ orderRequestId: id }, as);
    await service.approveOrderRequest({ orderRequestId: id }, as);
    await service.refuseOrderRequest({ orderRequestId: id, reason: 'No' }, as);
    await service.withdrawOrderRequest({ orderRequestId: id }, as);
    await service.listFindings({ kind: 'orphan-machine' }, as);
    await service.lookForFindings({}, as);
    await service.listAuditEntries({ outcome: 'denied', limit: 5 }, as);
    await service.exportAuditEntries({ clusterId: id }, as);
    await service.verifyAudit({}, as);
    await service.recordAuditEvent(
      { actor: 'user:a/b', action: 'policy.save', outcome: 'done', detail: {} },
      as,
    );
    await service.listTokens({}, as);
    await service.createToken({ name: 'ci', scope: 'read' }, as);
    await service.revokeToken({ tokenId: id }, as);

    expect(
      seen.map(({ request, body }) => (body ? `${request} ${body}` : request)),
    ).toEqual(
      [
        'GET /v1/health',
        'GET /v1/environments',
        'GET /v1/clusters?environment=research&limit=5',
        'POST /v1/clusters {"requestId":"12345678","name":"demo","environment":"research","size":"small","workers":1}',
        'POST /v1/orders/check {"name":"demo"}',
        `GET /v1/clusters/${id}`,
        `POST /v1/clusters/${id}/delete {"requestId":"12345678"}`,
        `GET /v1/clusters/${id}/operations`,
        `GET /v1/operations/${id}`,
        `GET /v1/operations/${id}/events?after=3`,
        `POST /v1/operations/${id}/cancel {"taskId":"t"}`,
        `POST /v1/operations/${id}/retry`,
        `POST /v1/operations/${id}/steps/machines/ensure {"taskId":"t","waitSeconds":2}`,
        `GET /v1/clusters/${id}/grants`,
        `POST /v1/clusters/${id}/grants {"role":"viewer"}`,
        `POST /v1/grants/${id}/revoke`,
        'GET /v1/quotas?environment=research',
        'POST /v1/quotas {"environment":"research","scope":"each-person","limits":{"vcpu":8}}',
        'GET /v1/quotas/mine',
        `POST /v1/quotas/${id}/delete`,
        'GET /v1/approval-limits',
        'POST /v1/approval-limits {"environment":"research","limits":{"workers":3}}',
        'GET /v1/order-requests?status=waiting',
        `GET /v1/order-requests/${id}`,
        `POST /v1/order-requests/${id}/approve {}`,
        `POST /v1/order-requests/${id}/refuse {"reason":"No"}`,
        `POST /v1/order-requests/${id}/withdraw`,
        'GET /v1/findings?kind=orphan-machine',
        'POST /v1/findings/look',
        'GET /v1/audit?outcome=denied&limit=5',
        `GET /v1/audit/export?clusterId=${id}`,
        'GET /v1/audit/verify',
        'POST /v1/audit {"actor":"user:a/b","action":"policy.save","outcome":"done","detail":{}}',
        'GET /v1/tokens',
        'POST /v1/tokens {"name":"ci","scope":"read"}',
        `POST /v1/tokens/${id}/revoke`,
      ].map(line => line.replace('/v1', '/api/kubesmith/v1')),
    );
    expect(new Set(seen.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer the-token']),
    );
    expect(auth.getPluginRequestToken).toHaveBeenCalledTimes(seen.length);
    expect(auth.getPluginRequestToken).toHaveBeenCalledWith({
      onBehalfOf: credentials,
      targetPluginId: 'kubesmith',
    });
  });

  it('throws what the API says', async () => {
    const { credentials, service } = setUp();
    answer = {
      status: 404,
      body: '{"error":{"name":"NotFoundError","message":"None","code":"KUBESMITH-NOT-FOUND"}}',
    };
    await expect(
      service.getCluster({ clusterId: id }, { credentials }),
    ).rejects.toMatchObject({
      name: 'NotFoundError',
      status: 404,
      code: 'KUBESMITH-NOT-FOUND',
    });
  });

  it('gives up when told to', async () => {
    const { credentials, service } = setUp();
    await expect(
      service.getCluster(
        { clusterId: id },
        { credentials, signal: AbortSignal.abort() },
      ),
    ).rejects.toThrow(/abort/i);
    expect(seen).toEqual([]);
  });
});
