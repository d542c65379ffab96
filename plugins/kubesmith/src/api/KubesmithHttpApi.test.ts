import { KubesmithHttpApi } from './KubesmithHttpApi';

/** Answers every request alike and remembers them. */
function apiAnswering(status: number, body: unknown) {
  const requests: { url: string; method?: string; body?: unknown }[] = [];
  const api = new KubesmithHttpApi({
    discoveryApi: { getBaseUrl: async id => `http://portal/api/${id}` },
    fetchApi: {
      fetch: async (input, init) => {
        requests.push({
          url: String(input),
          method: init?.method,
          body: init?.body && JSON.parse(String(init.body)),
        });
        return new Response(JSON.stringify(body), {
          status,
          headers: { 'Content-Type': 'application/json' },
        });
      },
    },
  });
  return { api, requests };
}

describe('KubesmithHttpApi', () => {
  it('asks with query parameters', async () => {
    const { api, requests } = apiAnswering(200, { items: [], total: 0 });
    expect(
      await api.listClusters({ limit: 5, phase: 'ready', operation: 'scale' }),
    ).toEqual({ items: [], total: 0 });
    expect(requests).toEqual([
      {
        url: 'http://portal/api/kubesmith/v1/clusters?limit=5&phase=ready&operation=scale',
        method: 'GET',
        body: undefined,
      },
    ]);
  });

  it('sends a body', async () => {
    const { api, requests } = apiAnswering(201, { grant: {}, kubeconfig: 'x' });
    expect(
      (await api.issueGrant('c1', { role: 'viewer', hours: 1 })).kubeconfig,
    ).toBe('x');
    expect(requests).toEqual([
      {
        url: 'http://portal/api/kubesmith/v1/clusters/c1/grants',
        method: 'POST',
        body: { role: 'viewer', hours: 1 },
      },
    ]);
  });

  it('rejects with what the API says', async () => {
    const problem = {
      field: 'name',
      code: 'KUBESMITH-NAME-TAKEN',
      message: 'Taken.',
      remedy: 'Choose another.',
    };
    const { api } = apiAnswering(404, {
      error: {
        name: 'NotFoundError',
        message: 'There is no operation.',
        code: 'KUBESMITH-NOT-FOUND',
        problems: [problem],
      },
    });
    await expect(api.retryOperation('o1')).rejects.toMatchObject({
      status: 404,
      message: 'There is no operation.',
      code: 'KUBESMITH-NOT-FOUND',
      problems: [problem],
    });
  });
});
