import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { authServiceFactory } from '@backstage/backend-defaults/auth';
import { httpAuthServiceFactory } from '@backstage/backend-defaults/httpAuth';
import { permissionsServiceFactory } from '@backstage/backend-defaults/permissions';
import request from 'supertest';
import { createTestDatabases } from '../__testUtils__/databases';
import { people, startKubesmith } from '../__testUtils__/startKubesmith';
import { TokenStore } from './TokenStore';
import { newToken } from './tokenText';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const MACHINE = 'a-static-token-of-a-machine';
const OTHER_MACHINE = 'a-static-token-for-the-catalog';

/** In files, because the plugins of this test share one database, in which both would make the same tables. */
async function signingKey() {
  const folder = await mkdtemp(path.join(tmpdir(), 'kubesmith-key-'));
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const [publicKeyFile, privateKeyFile] = ['public.pem', 'private.pem'].map(
    name => path.join(folder, name),
  );
  await writeFile(publicKeyFile, publicKey);
  await writeFile(privateKeyFile, privateKey);
  return {
    type: 'static',
    static: {
      keys: [
        { publicKeyFile, privateKeyFile, keyId: 'k1', algorithm: 'ES256' },
      ],
    },
  };
}

/** With Backstage's own services for authentication in place of the doubles: what they make of access tokens is the point. */
describe('the door, with Backstage’s own authentication', () => {
  let kubesmith: Awaited<ReturnType<typeof startKubesmith>>;
  let secret: string;

  beforeAll(async () => {
    const knex = await databases.init('SQLITE_3');
    kubesmith = await startKubesmith(knex, {
      permissions: permissionsServiceFactory,
      features: [authServiceFactory, httpAuthServiceFactory],
      config: {
        permission: { enabled: true },
        backend: {
          auth: {
            pluginKeyStore: await signingKey(),
            externalAccess: [
              {
                type: 'static',
                options: { token: MACHINE, subject: 'monitoring' },
                accessRestrictions: [
                  { plugin: 'kubesmith', permission: 'kubesmith.cluster.read' },
                ],
              },
              {
                type: 'static',
                options: { token: OTHER_MACHINE, subject: 'indexer' },
                accessRestrictions: [{ plugin: 'catalog' }],
              },
            ],
          },
        },
      },
    });
    const { text, ...kept } = newToken();
    secret = text;
    await new TokenStore(knex).add({
      ...kept,
      userRef: people.student1,
      name: 'ci',
      scope: 'operate',
      lifetimeMs: 3_600_000,
    });
  });

  afterAll(() => kubesmith.backend.stop());

  const get = (url: string, headers: Record<string, string> = {}) =>
    request(kubesmith.backend.server).get(`/api/kubesmith${url}`).set(headers);
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

  it.each([
    ['nothing', {}],
    ['an empty header', { Authorization: '' }],
    ['a token of nobody', bearer('none')],
    ['a wrong access token', bearer(`kst_${'0'.repeat(16)}${'A'.repeat(43)}`)],
    ['half an access token', bearer('kst_')],
    ['a cookie', { Cookie: 'backstage-auth=none' }],
  ])('lets nobody in with %s, whatever the path', async (_, headers) => {
    for (const url of [
      '/v1/clusters',
      '/V1/Clusters',
      '/v1/clusters/',
      '/v1//clusters',
      '/v1/health/../clusters',
      '/v1/health/x',
      '/v1/nothing',
      '/v1',
      '/v1/tokens',
    ]) {
      const { body, status } = await get(url, headers);
      expect([url, status, body.items]).toEqual([url, 401, undefined]);
    }
  });

  it('knows an access token that comes as it should', async () => {
    expect((await get('/v1/clusters', bearer(secret))).status).toBe(200);
    const wrong: Record<string, string>[] = [
      { Authorization: secret },
      { Authorization: `Basic ${secret}` },
      { Authorization: `Token ${secret}` },
      { Cookie: `backstage-auth=${secret}` },
    ];
    for (const headers of wrong) {
      expect((await get('/v1/clusters', headers)).status).toBe(401);
    }
    expect((await get(`/v1/clusters?token=${secret}`)).status).toBe(401);
  });

  it('lets an access token in nowhere else', async () => {
    for (const url of [
      '/api/permission/health',
      '/api/kubesmith/.backstage/permissions/metadata',
      '/api/kubesmith/.backstage/permissions/apply-conditions',
      '/api/kubesmith/other',
    ]) {
      const { status } = await request(kubesmith.backend.server)
        .get(url)
        .set(bearer(secret));
      expect([url, status]).toEqual([url, 401]);
    }
  });

  it('answers the health to everybody', async () => {
    expect((await get('/v1/health')).body).toMatchObject({ database: 'ok' });
  });

  it('lets a machine do what its restrictions say, and not more', async () => {
    expect((await get('/v1/clusters', bearer(MACHINE))).status).toBe(200);
    for (const url of ['/v1/audit', '/v1/tokens']) {
      expect([url, (await get(url, bearer(MACHINE))).status]).toEqual([
        url,
        403,
      ]);
    }
    const order = await request(kubesmith.backend.server)
      .post('/api/kubesmith/v1/clusters')
      .set(bearer(MACHINE))
      .send({
        requestId: 'request-1',
        name: 'demo',
        environment: 'distributed-systems-2026',
        size: 'small',
        workers: 0,
      });
    expect(order.status).toBe(403);
    expect((await get('/v1/clusters', bearer(OTHER_MACHINE))).status).toBe(403);
  });
});
