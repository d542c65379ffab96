/** Snapshots on the API double with machines made by Terraform; what is on disks is tested in the lab. */
import { useFaultBench } from '../__testUtils__/faultBench';
import { describeWithTerraform } from '../__testUtils__/workbench';
import { readyCluster } from '../power/__testUtils__/powerScene';

jest.setTimeout(240_000);

describeWithTerraform('Snapshots of a cluster (nodes simulated)', () => {
  const shared = useFaultBench();

  async function scene() {
    const { bench, lab } = shared;
    const { clusterId, cp, worker } = await readyCluster(bench);
    const { snapshots } = bench.services;

    const take = async () => {
      const id = await bench.db.request(clusterId, 'snapshot', {
        input: { phaseBefore: 'ready' },
        reserve: async (tx, operationId) =>
          snapshots.insert(tx, {
            id: operationId,
            clusterId,
            name: 'ks-before',
            label: 'Before',
            nodes: [cp, worker],
            spec: (await bench.db.clusters.get(clusterId, tx))!.spec,
            createdBy: 'user:default/student-1',
          }),
      });
      return { id, outcome: await bench.finished(id) };
    };
    const goBack = async (snapshotId: string) =>
      bench.finished(
        await bench.db.request(clusterId, 'rollback', {
          input: { snapshotId, phaseBefore: 'ready' },
        }),
      );
    /** What was asked of snapshots since a number of calls, without what failed at once. */
    const calls = async (since: number) =>
      (await lab.changes(since))
        .filter(({ path }) => path.includes('/snapshot'))
        .map(({ method, path }) => {
          const [, vmid, rest] = /qemu\/(\d+)\/snapshot(.*)$/.exec(path)!;
          return `${method} ${vmid}${rest}`;
        })
        .sort();
    const tag = (vmid: number, tags: string) =>
      lab.control('PATCH', `vms/${vmid}`, { config: { tags } });
    return {
      bench,
      clusterId,
      cp,
      worker,
      snapshots,
      take,
      goBack,
      calls,
      tag,
    };
  }

  it('are taken of all machines, gone back to, and removed', async () => {
    const { lab } = shared;
    const { bench, clusterId, cp, worker, snapshots, ...does } = await scene();
    let at = await lab.now();
    const { id, outcome } = await does.take();
    expect(outcome).toMatchObject({ status: 'succeeded' });
    expect(await does.calls(at)).toEqual([
      `POST ${cp.vmid}`,
      `POST ${worker.vmid}`,
    ]);
    expect(await snapshots.get(clusterId, id)).toMatchObject({
      state: 'kept',
      takenAt: expect.any(Number),
    });
    expect((await bench.db.clusters.get(clusterId))?.phase).toBe('ready');

    const before = await lab.machines();
    await does.tag(worker.vmid, 'later');
    await bench.db.knex('clusters').update({
      spec: JSON.stringify({
        ...(await bench.db.clusters.get(clusterId))!.spec,
        kubernetesVersion: '1.37.0',
      }),
    });
    expect(await does.goBack(id)).toMatchObject({ status: 'succeeded' });
    expect(await bench.db.clusters.get(clusterId)).toMatchObject({
      phase: 'ready',
      failure: undefined,
      spec: { kubernetesVersion: '1.36.3' },
    });
    expect((await lab.machines()).get(worker.vmid)).toMatchObject({
      config: { tags: before.get(worker.vmid)!.config.tags },
    });
    const nodes = await bench.db.clusters.nodes(clusterId);
    expect(nodes.map(({ state }) => state)).toEqual(['ready', 'ready']);

    at = await lab.now();
    const removal = await bench.db.request(clusterId, 'remove-snapshot', {
      input: { snapshotId: id, phaseBefore: 'ready' },
    });
    expect(await bench.finished(removal)).toMatchObject({
      status: 'succeeded',
    });
    expect(await does.calls(at)).toEqual([
      `DELETE ${cp.vmid}/ks-before`,
      `DELETE ${worker.vmid}/ks-before`,
    ]);
    expect(await snapshots.list(clusterId)).toEqual([]);
  });

  it('are of one moment: another try takes them of all machines again', async () => {
    const { lab } = shared;
    const { bench, cp, worker, calls, take } = await scene();
    await lab.fault({
      method: 'POST',
      path: `/nodes/*/qemu/${worker.vmid}/snapshot`,
      effect: { kind: 'fail-task', message: 'VM is locked (backup)' },
    });
    const at = await lab.now();
    const { outcome, id } = await take();
    expect(outcome).toMatchObject({ status: 'succeeded' });
    expect(await calls(at)).toEqual([
      `DELETE ${cp.vmid}/ks-before`,
      `POST ${cp.vmid}`,
      `POST ${cp.vmid}`,
      `POST ${worker.vmid}`,
      `POST ${worker.vmid}`,
    ]);
    expect((await bench.services.snapshots.list(outcome.clusterId))[0].id).toBe(
      id,
    );
  });

  it('change nothing when Proxmox has one of them no more', async () => {
    const { lab } = shared;
    const { bench, clusterId, cp, worker, calls, goBack, take } = await scene();
    const { id } = await take();
    const { proxmox } = bench.services;
    await proxmox.waitForTask(
      await proxmox.removeSnapshot(worker.host, worker.vmid, 'ks-before'),
      { timeoutMs: 10_000 },
    );
    const unchanged = await lab.exactly(cp.vmid);
    const at = await lab.now();
    expect(await goBack(id)).toMatchObject({
      status: 'failed',
      failure: { code: 'KUBESMITH-SNAPSHOT-GONE', class: 'permanent' },
    });
    expect(await calls(at)).toEqual([]);
    expect(await lab.exactly(cp.vmid)).toBe(unchanged);
    const nodes = await bench.db.clusters.nodes(clusterId);
    expect(nodes.map(({ state }) => state)).toEqual(['ready', 'ready']);
    expect(await bench.db.clusters.get(clusterId)).toMatchObject({
      phase: 'ready',
      failure: undefined,
    });
  });

  it.each(['fail-task', 'status'])(
    'leave a cluster as it was when Proxmox refuses to go back (%s)',
    async kind => {
      const { lab } = shared;
      const { bench, clusterId, cp, worker, goBack, take } = await scene();
      const { id } = await take();
      const message = `can't rollback, 'ks-before' is not most recent snapshot`;
      await lab.fault({
        method: 'POST',
        path: '/nodes/*/qemu/*/snapshot/*/rollback',
        effect: { kind, status: 501, message },
        count: 100,
      });
      const before = await bench.db.clusters.get(clusterId);
      await bench.db.knex('clusters').update({
        spec: JSON.stringify({ ...before!.spec, kubernetesVersion: '1.37.0' }),
      });
      const machines = async () => [
        await lab.exactly(cp.vmid),
        await lab.exactly(worker.vmid),
      ];
      const unchanged = await machines();
      expect(await goBack(id)).toMatchObject({
        status: 'failed',
        failure: { message: expect.stringContaining('not most recent') },
      });
      expect(await bench.db.clusters.get(clusterId)).toMatchObject({
        phase: 'ready',
        failure: undefined,
        spec: { kubernetesVersion: '1.37.0' },
      });
      const nodes = await bench.db.clusters.nodes(clusterId);
      expect(nodes.map(({ state }) => state)).toEqual(['ready', 'ready']);
      expect(await machines()).toEqual(unchanged);
    },
  );

  it('leave a cluster that lost a disk failed, whatever another try says', async () => {
    const { lab } = shared;
    const { bench, clusterId, cp, worker, goBack, take } = await scene();
    const { id } = await take();
    await lab.fault({
      method: 'POST',
      path: `/nodes/*/qemu/${worker.vmid}/snapshot/*/rollback`,
      effect: { kind: 'status', status: 501, message: 'not possible' },
      count: 100,
    });
    const before = await bench.db.clusters.get(clusterId);
    await bench.db.knex('clusters').update({
      spec: JSON.stringify({ ...before!.spec, kubernetesVersion: '1.37.0' }),
    });
    const failed = await goBack(id);
    expect(failed).toMatchObject({ status: 'failed' });
    const halfWay = {
      phase: 'failed',
      failure: { message: expect.stringContaining('not possible') },
      spec: before!.spec,
    };
    expect(await bench.db.clusters.get(clusterId)).toMatchObject(halfWay);
    const states = async () =>
      (await bench.db.clusters.nodes(clusterId)).map(({ state }) => state);
    expect(await states()).toEqual(['stopped', 'ready']);
    // Now all refuse; the control plane has its old disk all the same.
    await lab.fault({
      method: 'POST',
      path: `/nodes/*/qemu/${cp.vmid}/snapshot/*/rollback`,
      effect: { kind: 'status', status: 501, message: 'not possible' },
      count: 100,
    });
    await bench.db.operations.retry(failed.id);
    expect(await bench.finished(failed.id)).toMatchObject({ status: 'failed' });
    expect(await bench.db.clusters.get(clusterId)).toMatchObject(halfWay);
    expect(await states()).toEqual(['stopped', 'ready']);
  });

  it('are no way back to other machines', async () => {
    const { lab } = shared;
    const { bench, worker, calls, goBack, take } = await scene();
    const { id } = await take();
    await bench.db.knex('nodes').where({ id: worker.id }).update({ vcpu: 16 });
    const at = await lab.now();
    expect(await goBack(id)).toMatchObject({
      failure: {
        code: 'KUBESMITH-SNAPSHOT-DIFFERS',
        message: expect.stringContaining(`${worker.name} has another size`),
      },
    });
    expect(await calls(at)).toEqual([]);
  });

  it("never touch a stranger's machine", async () => {
    const { lab } = shared;
    const { worker, calls, goBack, take } = await scene();
    const { id } = await take();
    await lab.control('PATCH', `vms/${worker.vmid}`, {
      config: { description: 'keep!' },
    });
    const stranger = await lab.exactly(worker.vmid);
    const at = await lab.now();
    expect(await goBack(id)).toMatchObject({
      failure: { code: 'KUBESMITH-MACHINE-CONTRADICTION' },
    });
    expect(await calls(at)).toEqual([]);
    expect(await lab.exactly(worker.vmid)).toBe(stranger);
  });
});
