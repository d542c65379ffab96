/** Workers that are broken are replaced, on the API double with machines made by Terraform; on nodes nothing is installed. */
import { requestScale } from '../../engine/__testUtils__/crash/requestScale';
import { useFaultBench } from '../__testUtils__/faultBench';
import { describeWithTerraform } from '../__testUtils__/workbench';
import { readyCluster } from '../power/__testUtils__/powerScene';

jest.setTimeout(240_000);

describeWithTerraform('A worker that is replaced (nodes simulated)', () => {
  const shared = useFaultBench();

  /** Replaces the only worker, and says what was done to machines meanwhile. */
  async function replace(clusterId: string, since: number) {
    const { bench, lab } = shared;
    const id = await requestScale(bench, clusterId, {
      workers: 1,
      remove: ['demo-w-1'],
    });
    const outcome = await bench.finished(id);
    return { outcome, clones: await lab.clones(since) };
  }
  const nodesOf = async (clusterId: string) =>
    (await shared.bench.db.clusters.liveNodes(clusterId)).map(
      ({ name, state }) => [name, state],
    );

  it('is not made again when its machine is gone', async () => {
    const { bench, lab } = shared;
    const { clusterId, worker } = await readyCluster(bench);
    await lab.control('DELETE', `vms/${worker.vmid}`);
    const { clones, outcome } = await replace(clusterId, await lab.now());
    expect(outcome).toMatchObject({ status: 'succeeded' });
    expect(clones).toHaveLength(1);
    expect(clones).not.toContain(worker.vmid);
    expect(await nodesOf(clusterId)).toEqual([
      ['demo-cp-1', 'ready'],
      ['demo-w-2', 'ready'],
    ]);
    expect((await bench.db.clusters.get(clusterId))?.phase).toBe('ready');
  });

  it('does not keep the new one away when its machine is somebody else’s by now', async () => {
    const { bench, lab } = shared;
    const { clusterId, worker } = await readyCluster(bench);
    await lab.control('DELETE', `vms/${worker.vmid}`);
    const theirs = await lab.stranger(worker.vmid, {
      pool: 'kubesmith-research',
    });
    const { outcome } = await replace(clusterId, await lab.now());
    expect(outcome).toMatchObject({ status: 'succeeded' });
    expect(await nodesOf(clusterId)).toEqual([
      ['demo-cp-1', 'ready'],
      ['demo-w-2', 'ready'],
    ]);
    expect(await lab.exactly(worker.vmid)).toBe(theirs);
  });

  it('has a cluster that was not well be looked at as a whole', async () => {
    const { bench, lab } = shared;
    const { clusterId } = await readyCluster(bench);
    await bench.db.clusters.update(clusterId, { phase: 'needs-attention' });
    const { outcome } = await replace(clusterId, await lab.now());
    expect(outcome).toMatchObject({ status: 'succeeded' });
    expect(
      outcome.steps.find(({ name }) => name === 'verify')?.evidence,
    ).toMatchObject({ nodes: ['demo-cp-1', 'demo-w-2'] });
    expect((await bench.db.clusters.get(clusterId))?.phase).toBe('ready');
  });
});
