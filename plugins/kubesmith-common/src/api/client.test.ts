import { createKubesmithClient, unwrap } from './client';
import {
  KubesmithApiError,
  isKubesmithApiError,
} from '../errors/KubesmithApiError';

const clusterId = '6f0c1c57-7a30-4b16-8d1f-2d3e11a2e0aa';

function clientThatAnswers(status: number, body: string) {
  const requests: Request[] = [];
  const client = createKubesmithClient({
    baseUrl: 'http://portal.example.org/api/kubesmith',
    fetch: async request => {
      requests.push(request);
      return new Response(body, {
        status,
        headers: { 'Content-Type': 'application/json' },
      });
    },
  });
  return { client, requests };
}

describe('createKubesmithClient', () => {
  it('fills in paths, queries and bodies', async () => {
    const { client, requests } = clientThatAnswers(
      200,
      '{"items":[],"total":0}',
    );
    await unwrap(
      client.GET('/v1/clusters', {
        params: { query: { search: 'a b&c', limit: 5 } },
      }),
    );
    await unwrap(
      client.POST('/v1/clusters/{clusterId}/grants', {
        params: { path: { clusterId } },
        body: { hours: 2 },
      }),
    );
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET http://portal.example.org/api/kubesmith/v1/clusters?search=a%20b%26c&limit=5',
      `POST http://portal.example.org/api/kubesmith/v1/clusters/${clusterId}/grants`,
    ]);
    await expect(requests[1].json()).resolves.toEqual({ hours: 2 });
  });
});

describe('unwrap', () => {
  const get = (status: number, body: string) =>
    unwrap(
      clientThatAnswers(status, body).client.GET('/v1/clusters/{clusterId}', {
        params: { path: { clusterId } },
      }),
    );

  it('gives the data of a success', async () => {
    await expect(get(200, '{"name":"demo"}')).resolves.toEqual({
      name: 'demo',
    });
  });

  it('throws what the API says', async () => {
    const problem = {
      field: 'name',
      code: 'KUBESMITH-NAME-TAKEN',
      message: 'taken',
      remedy: 'choose',
    };
    const error = await get(
      400,
      JSON.stringify({
        error: {
          name: 'InputError',
          message: 'The name is taken',
          code: 'KUBESMITH-NAME-TAKEN',
          problems: [problem],
        },
      }),
    ).catch(reason => reason);
    expect(error).toBeInstanceOf(KubesmithApiError);
    expect(isKubesmithApiError(error)).toBe(true);
    expect(error).toMatchObject({
      name: 'InputError',
      status: 400,
      message: 'The name is taken',
      code: 'KUBESMITH-NAME-TAKEN',
      problems: [problem],
    });
  });

  it.each(['null', '"gone"', '{}', '[]'])(
    'copes with the error body %s of somebody else',
    async body => {
      await expect(get(502, body)).rejects.toMatchObject({
        name: 'KubesmithApiError',
        status: 502,
        problems: [],
        message: expect.stringContaining('502'),
      });
    },
  );

  it('tells its errors from others', () => {
    expect(isKubesmithApiError(new Error('x'))).toBe(false);
    expect(isKubesmithApiError(undefined)).toBe(false);
  });
});
