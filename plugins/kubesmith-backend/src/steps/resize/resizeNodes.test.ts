/** Machines that get another size, on the API double with machines made by Terraform. */
import { eventually } from '../../engine/__testUtils__/engineDatabase';
import { powerCalls, readyCluster } from '../power/__testUtils__/powerScene';
import { useFaultBench } from '../__testUtils__/faultBench';
import { describeWithTerraform } from '../__testUtils__/workbench';

jest.setTimeout(240_000);

const LARGE = { vcpu: 4, memoryMiB: 4096, diskGiB: 40 };

describeWithTerraform('A machine that gets another size', () => {
  const shared = useFaultBench();

  const resize = (
    clusterId: string,
    { workers = [] as string[], controlPlanes = [] as string[], size = LARGE },
  ) =>
    shared.bench.db.request(clusterId, 'resize', {
      input: { size: 'large', workers, controlPlanes, phaseBefore: 'ready' },
      reserve: async tx => {
        for (const name of [...workers, ...controlPlanes])
          await shared.bench.db.clusters.wantSize(tx, clusterId, name, size);
      },
    });
  const sizeOf = async (clusterId: string, name: string) => {
    const nodes = await shared.bench.db.clusters.liveNodes(clusterId);
    const { diskGiB, state, vcpu, wanted } = nodes.find(
      node => node.name === name,
    )!;
    return { diskGiB, state, vcpu, wanted };
  };

  it('is on again, whoever cancels meanwhile; the others stay as they are', async () => {
    const { bench, lab } = shared;
    const { clusterId, cp, worker } = await readyCluster(bench);
    const at = await lab.now();
    const id = await resize(clusterId, {
      workers: [worker.name],
      controlPlanes: [cp.name],
    });
    await eventually(
      async () =>
        (await powerCalls(lab, at)).includes(`shutdown ${worker.vmid}`),
      'the worker to be switched off',
    );
    await bench.db.operations.requestCancel(id);
    expect(await bench.finished(id)).toMatchObject({ status: 'cancelled' });
    expect(await powerCalls(lab, at)).toContain(`start ${worker.vmid}`);
    expect(await sizeOf(clusterId, worker.name)).toMatchObject({
      vcpu: 4,
      state: 'ready',
      wanted: undefined,
    });
    expect(await sizeOf(clusterId, cp.name)).toMatchObject({
      vcpu: 2,
      state: 'ready',
    });
    expect(await powerCalls(lab, at)).not.toContain(`shutdown ${cp.vmid}`);
    expect((await bench.db.clusters.get(clusterId))?.phase).toBe('ready');
  });

  it('is recorded with the disk that it has, also on the way back', async () => {
    const { bench, lab } = shared;
    const { clusterId, worker } = await readyCluster(bench);
    const workers = [worker.name];
    // Its disk has grown when starting it fails.
    await lab.fault({
      method: 'POST',
      path: `/nodes/*/qemu/${worker.vmid}/status/start`,
      count: 1000,
      effect: { kind: 'status', status: 500, message: 'start failed' },
    });
    const id = await resize(clusterId, { workers });
    await bench.finished(id);
    await lab.lift();
    const before = { vcpu: 2, memoryMiB: 2048, diskGiB: 20 };
    const back = await resize(clusterId, { workers, size: before });
    expect(await bench.finished(back)).toMatchObject({ status: 'succeeded' });
    expect(await sizeOf(clusterId, worker.name)).toMatchObject({
      vcpu: 2,
      diskGiB: 40,
    });
  });
});
