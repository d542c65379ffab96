import { hasCode, isOtherEngine } from './PoliciesApiError';
import { PoliciesHttpApi } from './PoliciesHttpApi';

/** Answers every request alike and remembers them. */
function apiAnswering(status: number, body: unknown) {
  const requests: [string | undefined, string, unknown][] = [];
  const api = new PoliciesHttpApi({
    discoveryApi: { getBaseUrl: async id => `http://portal/api/${id}` },
    fetchApi: {
      fetch: async (input, init) => {
        requests.push([
          init?.method,
          String(input).replace(
            'http://portal/api/permission/kubesmith/policies',
            '',
          ),
          init?.body && JSON.parse(String(init.body)),
        ]);
        return new Response(
          typeof body === 'string' ? body : JSON.stringify(body),
          { status },
        );
      },
    },
  });
  return { api, requests };
}

describe('PoliciesHttpApi', () => {
  it('asks the routes of the policy module', async () => {
    const { api, requests } = apiAnswering(200, {
      version: 4,
      items: [],
      problems: [],
    });
    const change = { expectedVersion: 3, reason: 'why' };
    await api.current();
    expect(await api.versions({ limit: 5, offset: 10 })).toEqual([]);
    await api.version(2);
    expect(await api.validate({ yaml: 'x' })).toEqual([]);
    await api.preview({ yaml: 'x' });
    expect(await api.save({ yaml: 'x' }, change)).toBe(4);
    expect(await api.rollBack(1, change)).toBe(4);
    await api.explain({ user: 'user:default/sam', cluster: 'c' });
    await api.explain({ user: undefined });
    expect(requests).toEqual([
      ['GET', '', undefined],
      ['GET', '/versions?limit=5&offset=10', undefined],
      ['GET', '/versions/2', undefined],
      ['POST', '/validate', { yaml: 'x' }],
      ['POST', '/preview', { yaml: 'x' }],
      ['PUT', '', { yaml: 'x', ...change }],
      ['POST', '/rollback', { toVersion: 1, ...change }],
      ['GET', '/explain?user=user%3Adefault%2Fsam&cluster=c', undefined],
      ['GET', '/explain?', undefined],
    ]);
  });

  it('rejects with what the portal says, and tells who says it', async () => {
    const problems = [{ path: 'roles', message: 'none' }];
    const ours = await apiAnswering(404, {
      error: { message: 'No.', code: 'KUBESMITH-NOT-FOUND', problems },
    })
      .api.current()
      .catch(error => error);
    expect(ours).toMatchObject({ status: 404, policyProblems: problems });
    expect(isOtherEngine(ours)).toBe(false);
    expect(hasCode(ours, 'KUBESMITH-NOT-FOUND')).toBe(true);

    const none = await apiAnswering(404, { error: { name: 'NotFoundError' } })
      .api.current()
      .catch(error => error);
    expect(isOtherEngine(none)).toBe(true);

    const proxy = await apiAnswering(502, '<html>')
      .api.current()
      .catch(error => error);
    expect(proxy.message).toMatch(/^The portal answered 502/);
    expect(isOtherEngine(proxy)).toBe(false);
  });
});
