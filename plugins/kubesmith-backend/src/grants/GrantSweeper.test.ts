import { createTestDatabases } from '../__testUtils__/databases';
import { grantBench } from './__testUtils__/grantBench';
import { SWEEP_SECONDS } from './GrantSweeper';

jest.setTimeout(60_000);

const databases = createTestDatabases();

describe.each(databases.eachSupportedId())('GrantSweeper on %s', databaseId => {
  const setUp = async () => grantBench(await databases.init(databaseId));

  it('runs often enough for a kubeconfig to be worth nothing within a minute', () => {
    // A turn, kubectl, and the 10 s for which an API server believes what it knew of a token.
    expect(SWEEP_SECONDS).toBeLessThanOrEqual(30);
  });

  it('ends what expired, and nothing else', async () => {
    const { expire, grants, kubectl, ready, request, service, sweeper } =
      await setUp();
    const cluster = await ready('a');
    const old = await service.issue(cluster, request);
    const fresh = await service.issue(cluster, request);
    await expire(old.grant.id);

    await sweeper.sweep();

    const left = [...kubectl.objects].join(' ');
    expect(left).not.toContain(old.grant.id);
    expect(left).toContain(fresh.grant.id);
    await expect(grants.clustersWithOverdue()).resolves.toEqual([]);
    await expect(grants.get(fresh.grant.id)).resolves.toMatchObject({
      revokedAt: undefined,
    });
    const calls = kubectl.calls.length;
    await sweeper.sweep();
    expect(kubectl.calls).toHaveLength(calls);
  });

  it('asks a cluster that does not answer once, and comes back later', async () => {
    const { clock, expire, grants, kubectl, ready, request, service, sweeper } =
      await setUp();
    const cluster = await ready('a');
    for (let count = 0; count < 3; count++) {
      const { grant } = await service.issue(cluster, request);
      await expire(grant.id);
    }
    kubectl.unreachable = true;
    const calls = kubectl.calls.length;

    await sweeper.sweep();
    expect(kubectl.calls).toHaveLength(calls + 1);
    // At once at first, then after half the time of its silence.
    clock.now += 20_000;
    await sweeper.sweep();
    expect(kubectl.calls).toHaveLength(calls + 2);
    clock.now += 9_000;
    await sweeper.sweep();
    expect(kubectl.calls).toHaveLength(calls + 2);
    clock.now += 1_000;
    await sweeper.sweep();
    expect(kubectl.calls).toHaveLength(calls + 3);

    await expect(grants.listOverdue(cluster.id, 10)).resolves.toHaveLength(3);
    kubectl.unreachable = false;
    clock.now += 15_000;
    await sweeper.sweep();
    await expect(grants.clustersWithOverdue()).resolves.toEqual([]);
  });

  it('ends the kubeconfigs of one cluster whatever another one is owed', async () => {
    const { expire, grants, kubectl, ready, request, service, sweeper } =
      await setUp();
    const [dead, alive] = [await ready('dead'), await ready('alive')];
    for (const cluster of [dead, dead, dead, alive]) {
      const { grant } = await service.issue(cluster, request);
      await expire(grant.id);
    }
    const { run } = kubectl;
    kubectl.run = async (id, ...rest) => {
      if (id === dead.id) throw new Error('The control plane did not answer');
      return run(id, ...rest);
    };
    await sweeper.sweep();
    await expect(grants.clustersWithOverdue()).resolves.toEqual([dead.id]);
  });

  it('ends once more what was ended since the moment to which a cluster goes back', async () => {
    const { grants, knex, kubectl, ready, request, service, sweeper } =
      await setUp();
    const cluster = await ready('a');
    const { grant } = await service.issue(cluster, request);
    const moment = grant.createdAt;
    const { grant: later } = await service.issue(cluster, request);
    await knex('grants')
      .where({ id: later.id })
      .update({ created_at: moment + 1 });
    const before = new Set(kubectl.objects);
    await service.revoke(cluster, grant);
    await service.revoke(cluster, later);
    // As etcd brings it back.
    for (const object of before)
      if (object.includes(grant.id)) kubectl.objects.add(object);

    const count = await knex.transaction(tx =>
      grants.endAgain(cluster.id, moment, tx),
    );
    // The later one too: ending what is not there does no harm.
    expect(count).toBe(2);
    await sweeper.sweep();
    expect([...kubectl.objects].join(' ')).not.toContain(grant.id);
    expect((await grants.get(grant.id))!.revokedAt).toBeGreaterThan(0);
    await expect(grants.clustersWithOverdue()).resolves.toEqual([]);
  });

  it('leaves a cluster alone that is gone', async () => {
    const {
      clusters,
      expire,
      grants,
      kubectl,
      ready,
      request,
      service,
      sweeper,
    } = await setUp();
    const cluster = await ready('a');
    const { grant } = await service.issue(cluster, request);
    await expire(grant.id);
    await clusters.markDeleted(cluster.id);
    const calls = kubectl.calls.length;
    await sweeper.sweep();
    expect(kubectl.calls).toHaveLength(calls);
    await expect(grants.clustersWithOverdue()).resolves.toEqual([]);
  });
});
