import { createTestDatabases } from '../__testUtils__/databases';
import { StepError } from '../engine/failures';
import { grantBench } from './__testUtils__/grantBench';

jest.setTimeout(60_000);

const databases = createTestDatabases();

describe.each(databases.eachSupportedId())('GrantService on %s', databaseId => {
  const setUp = async () => grantBench(await databases.init(databaseId));

  it('takes the time that the cluster really gave', async () => {
    const { grants, ready, request, service } = await setUp();
    const { grant } = await service.issue(await ready('a'), request);
    const stored = (await grants.get(grant.id))!;
    expect(stored.expiresAt).toBe(grant.expiresAt);
    expect(Math.abs(stored.expiresAt - Date.now() - 3_600_000)).toBeLessThan(
      10_000,
    );
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

  it('does not forget a revocation that the cluster could not be told', async () => {
    const { grants, kubectl, ready, request, service, sweeper } = await setUp();
    const cluster = await ready('a');
    const { grant } = await service.issue(cluster, request);
    kubectl.unreachable = true;

    const refused = service.revoke(cluster, (await grants.get(grant.id))!);
    await expect(refused).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
      code: 'KUBESMITH-REVOCATION-PENDING',
      message: expect.stringContaining('still works'),
    });
    // Nothing says that it is revoked while it is not.
    await expect(grants.get(grant.id)).resolves.toMatchObject({
      revokedAt: undefined,
    });

    kubectl.unreachable = false;
    await sweeper.sweep();
    expect([...kubectl.objects].join(' ')).not.toContain(grant.id);
    expect((await grants.get(grant.id))!.revokedAt).toBeDefined();
  });

  describe('when a node shows another host key', () => {
    const mismatch = async () => {
      throw new StepError('KUBESMITH-HOSTKEY-MISMATCH', { node: 'a-cp-1' });
    };

    it('says so, and the cluster needs attention until the right key is back', async () => {
      const { changed, clusters, kubectl, ready, request, service } =
        await setUp();
      const cluster = await ready('a');
      const { run } = kubectl;
      kubectl.run = mismatch;

      await expect(service.issue(cluster, request)).rejects.toMatchObject({
        code: 'KUBESMITH-HOSTKEY-MISMATCH',
        message: expect.stringContaining('a-cp-1 answers with another SSH'),
      });
      const alarmed = (await clusters.get(cluster.id))!;
      expect(alarmed).toMatchObject({
        phase: 'needs-attention',
        failure: { code: 'KUBESMITH-HOSTKEY-MISMATCH', class: 'permanent' },
      });
      expect(changed).toHaveBeenCalledWith(cluster.id, 'record');

      kubectl.run = run;
      await service.issue(alarmed, request);
      await expect(clusters.get(cluster.id)).resolves.toMatchObject({
        phase: 'ready',
        failure: undefined,
      });
    });

    it('changes nothing about a cluster that something else is the matter with', async () => {
      const { changed, clusters, kubectl, ready, request, service } =
        await setUp();
      const cluster = await ready('a');
      const { failure } = new StepError('KUBESMITH-SECRET-MISSING');
      await clusters.update(cluster.id, { phase: 'needs-attention', failure });
      const { run } = kubectl;
      for (const answer of [mismatch, run]) {
        kubectl.run = answer;
        const now = (await clusters.get(cluster.id))!;
        await service.issue(now, request).catch(() => {});
        await expect(clusters.get(cluster.id)).resolves.toMatchObject({
          phase: 'needs-attention',
          failure: { code: 'KUBESMITH-SECRET-MISSING' },
        });
      }
      expect(changed).not.toHaveBeenCalled();
    });
  });
});
