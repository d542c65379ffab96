import { randomUUID } from 'node:crypto';
import { mockServices } from '@backstage/backend-test-utils';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { FakeKubectlRunner } from '../__testUtils__/doubles';
import { GrantService } from './GrantService';

jest.setTimeout(60_000);

const databases = createTestDatabases();

describe.each(databases.eachSupportedId())('GrantService on %s', databaseId => {
  async function setUp() {
    const stores = await openStores(await databases.init(databaseId));
    const { clusters, grants, knex } = stores;
    const kubectl = new FakeKubectlRunner();
    const service = new GrantService({
      grants,
      kubectl,
      logger: mockServices.logger.mock(),
    });
    const ready = async (name: string) => {
      const id = randomUUID();
      await knex.transaction(tx =>
        clusters.insert(
          tx,
          {
            id,
            name,
            environment: 'research',
            owner: 'user:default/ada',
            createdBy: 'user:default/ada',
            environmentOwner: 'group:default/researchers',
            spec: {
              size: 'small',
              controlPlanes: 1,
              workers: 0,
              kubernetesVersion: '1.36.3',
              cni: 'kube-router',
            },
            poolId: 'research',
            vip: '10.41.0.10',
            leaseMs: 60_000,
          },
          [],
        ),
      );
      await clusters.update(id, { apiServerCa: 'PEM' });
      await clusters.markReady(id);
      return (await clusters.get(id))!;
    };
    const request = {
      userRef: 'user:default/ada',
      role: 'viewer' as const,
      hours: 1,
    };
    const expire = (id: string) =>
      knex('grants').where({ id }).update({ expires_at: 1 });
    return { ...stores, expire, kubectl, ready, request, service };
  }

  it('takes the time that the cluster really gave', async () => {
    const { grants, ready, request, service } = await setUp();
    const { grant } = await service.issue(await ready('a'), request);
    const stored = (await grants.get(grant.id))!;
    expect(stored.expiresAt).toBe(grant.expiresAt);
    expect(Math.abs(stored.expiresAt - Date.now() - 3_600_000)).toBeLessThan(
      10_000,
    );
  });

  it('cleans up what expired, and nothing else', async () => {
    const { clusters, expire, grants, kubectl, ready, request, service } =
      await setUp();
    const cluster = await ready('a');
    const old = await service.issue(cluster, request);
    const fresh = await service.issue(cluster, request);
    await expire(old.grant.id);

    await service.cleanUp(id => clusters.get(id));

    const left = [...kubectl.objects].join(' ');
    expect(left).not.toContain(old.grant.id);
    expect(left).toContain(fresh.grant.id);
    await expect(grants.listExpired(10)).resolves.toEqual([]);
    await expect(grants.get(fresh.grant.id)).resolves.toMatchObject({
      revokedAt: undefined,
    });
    const calls = kubectl.calls.length;
    await service.cleanUp(id => clusters.get(id));
    expect(kubectl.calls).toHaveLength(calls);
  });

  it('asks a cluster that does not answer once, and comes back later', async () => {
    const { clusters, expire, grants, kubectl, ready, request, service } =
      await setUp();
    const cluster = await ready('a');
    for (let count = 0; count < 3; count++) {
      const { grant } = await service.issue(cluster, request);
      await expire(grant.id);
    }
    kubectl.unreachable = true;
    const calls = kubectl.calls.length;

    await service.cleanUp(id => clusters.get(id));

    expect(kubectl.calls).toHaveLength(calls + 1);
    await expect(grants.listExpired(10)).resolves.toHaveLength(3);
    kubectl.unreachable = false;
    await service.cleanUp(id => clusters.get(id));
    await expect(grants.listExpired(10)).resolves.toEqual([]);
  });

  it('shows no output of kubectl, which may hold a token', async () => {
    const { kubectl, ready, request, service } = await setUp();
    const cluster = await ready('a');
    kubectl.run = async () => ({
      code: 0,
      stdout: 'canary-token, but no JSON',
      stderr: '',
    });
    const error = await service.issue(cluster, request).catch(reason => reason);
    expect(error).toMatchObject({ code: 'KUBESMITH-CLUSTER-UNREACHABLE' });
    expect(JSON.stringify(error) + error.message).not.toContain('canary');
  });
});
