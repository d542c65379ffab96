/** Machines of strangers on the ids of ours: in no case is one of them changed by a byte. */
import { useFaultBench } from '../__testUtils__/faultBench';
import { describeWithTerraform } from '../__testUtils__/workbench';

jest.setTimeout(15 * 60_000);

const POOL = 'kubesmith-research';

describeWithTerraform('A machine of a stranger on an id of ours', () => {
  const shared = useFaultBench();

  const nodesOf = (clusterId: string) =>
    shared.bench.db.clusters.nodes(clusterId);
  const succeeds = async (operationId: string) =>
    expect(await shared.bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
    });

  it('hidden from the token, before the creation: another id is taken', async () => {
    const { bench, lab } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    const [, worker] = await nodesOf(clusterId);
    const stranger = await lab.stranger(worker.vmid);
    bench.start();
    await succeeds(operationId);
    const [, moved] = await nodesOf(clusterId);
    expect(moved.vmid).not.toBe(worker.vmid);
    expect(await bench.messages(operationId)).toContain(
      `The machine id ${worker.vmid} that was reserved for demo-w-1 belongs to another machine: ` +
        `the portal may not see it. It was not touched; demo-w-1 gets the id ${moved.vmid}.`,
    );
    expect(await lab.exactly(worker.vmid)).toBe(stranger);
    await succeeds(await bench.deletion(clusterId));
    expect(await lab.exactly(worker.vmid)).toBe(stranger);
    expect((await lab.machines()).size).toBe(1);
  });

  it('taken between plan and apply: another id is taken', async () => {
    const { bench, lab } = shared;
    const since = await lab.now();
    const { clusterId, operationId } = await bench.order('demo');
    const before = (await nodesOf(clusterId)).map(({ vmid }) => vmid);
    await lab.fault({
      method: 'POST',
      path: '/nodes/*/qemu/9000/clone',
      effect: { kind: 'vmid-taken' },
    });
    bench.start();
    await succeeds(operationId);
    const after = (await nodesOf(clusterId)).map(({ vmid }) => vmid);
    const [taken] = before.filter(vmid => !after.includes(vmid));
    expect(taken).toBeDefined();
    const machines = await lab.machines();
    expect([...machines.keys()].sort()).toEqual([taken, ...after].sort());
    const stranger = await lab.exactly(taken);
    expect(JSON.parse(stranger)).toMatchObject({
      config: { name: 'somebody-elses' },
      stranger: { running: true },
    });
    const calls = (await lab.changes(since)).map(({ path }) => path);
    expect(calls.filter(path => path.includes(`/qemu/${taken}/`))).toEqual([]);
    await succeeds(await bench.deletion(clusterId));
    expect(await lab.exactly(taken)).toBe(stranger);
    expect((await lab.machines()).size).toBe(1);
  });

  it('on one id after the other: gives up after three others, for a person to look', async () => {
    const { bench, lab } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    const { first } = bench.services.config.environments[0].proxmox.vmids;
    const reserved = (await nodesOf(clusterId)).map(({ vmid }) => vmid);
    const strangers = new Map<number, string>();
    const occupy = async (vmid: number) =>
      strangers.set(vmid, await lab.stranger(vmid, { pool: POOL }));
    await occupy(reserved[1]);
    // Somebody takes each id in the moment in which the journal gave it to us.
    const { updateNode } = bench.db.clusters;
    const taken: number[] = [];
    jest
      .spyOn(bench.db.clusters, 'updateNode')
      .mockImplementation(async (cluster, name, patch, tx) => {
        await updateNode.call(bench.db.clusters, cluster, name, patch, tx);
        if (patch.vmid === undefined) return;
        taken.push(patch.vmid);
        await occupy(patch.vmid);
      });
    bench.start();
    const failed = await bench.finished(operationId);
    jest.restoreAllMocks();
    expect(failed).toMatchObject({
      status: 'failed',
      failure: {
        code: 'KUBESMITH-VMID-FOREIGN',
        class: 'permanent',
        nextStep: expect.stringContaining('machine id'),
      },
    });
    expect((await bench.db.clusters.get(clusterId))?.phase).toBe(
      'needs-attention',
    );
    expect(taken).toHaveLength(3);
    expect(Math.min(...taken)).toBeGreaterThanOrEqual(first);
    await succeeds(await bench.deletion(clusterId));
    for (const [vmid, stranger] of strangers)
      expect(await lab.exactly(vmid)).toBe(stranger);
    expect((await lab.machines()).size).toBe(strangers.size);
  });

  it('in place of a machine that was there: for a person to look, and a deletion leaves it alone', async () => {
    const { bench, lab } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    const [, worker] = await nodesOf(clusterId);
    bench.start();
    await succeeds(operationId);
    await lab.control('DELETE', `vms/${worker.vmid}`);
    const stranger = await lab.stranger(worker.vmid, { pool: POOL });
    await bench.repeatMachines(operationId);
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'failed',
      failure: {
        code: 'KUBESMITH-VMID-FOREIGN',
        message: expect.stringContaining(`${worker.vmid}`),
      },
    });
    expect((await bench.db.clusters.get(clusterId))?.phase).toBe(
      'needs-attention',
    );
    expect((await nodesOf(clusterId))[1].vmid).toBe(worker.vmid);
    const removal = await bench.deletion(clusterId);
    await succeeds(removal);
    expect(await bench.messages(removal)).toContain(
      `Machine ${worker.vmid} is not ours and was left alone: it is named 'somebody-elses'`,
    );
    expect(await lab.exactly(worker.vmid)).toBe(stranger);
    expect((await lab.machines()).size).toBe(1);
  });

  it('found by a deletion after a creation that failed: left alone', async () => {
    const { bench, lab } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    await lab.fault({
      method: 'POST',
      path: '/nodes/*/qemu/9000/clone',
      effect: { kind: 'status', status: 400, message: 'no' },
      count: 100,
    });
    bench.start();
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'failed',
      failure: { code: 'KUBESMITH-PVE-REFUSED' },
    });
    await lab.lift();
    const [cp, worker] = await nodesOf(clusterId);
    const strangers = [
      await lab.stranger(cp.vmid, { pool: POOL }),
      await lab.stranger(worker.vmid),
    ];
    await succeeds(await bench.deletion(clusterId));
    expect([
      await lab.exactly(cp.vmid),
      await lab.exactly(worker.vmid),
    ]).toEqual(strangers);
  });
});
