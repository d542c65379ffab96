import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import permissionPlugin from '@backstage/plugin-permission-backend';
import { templateManagementPermission } from '@backstage/plugin-scaffolder-common/alpha';
import { clusterCreatePermission } from '@kubesmith/plugin-kubesmith-common';
import request from 'supertest';
import { permissionModuleKubesmith } from './module';

jest.setTimeout(60_000);

describe('permissionModuleKubesmith', () => {
  it('should decide for the permission backend', async () => {
    const backend = await startTestBackend({
      features: [
        permissionPlugin,
        permissionModuleKubesmith,
        mockServices.rootConfig.factory({
          data: {
            permission: { enabled: true },
            backend: { baseUrl: 'http://localhost:0' },
          },
        }),
      ],
    });
    const ask = (authorization: string) =>
      request(backend.server)
        .post('/api/permission/authorize')
        .set('Authorization', authorization)
        .send({
          items: [
            { id: 'order', permission: clusterCreatePermission },
            { id: 'manage', permission: templateManagementPermission },
          ],
        });

    const user = await ask(mockCredentials.user.header());
    expect(user.body.items).toEqual([
      { id: 'order', result: 'ALLOW' },
      { id: 'manage', result: 'DENY' },
    ]);

    const nobody = await ask(mockCredentials.none.header());
    expect(nobody.status).toBe(401);
    await backend.stop();
  });
});
