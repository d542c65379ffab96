/** Sleeping and waking on the API double with machines made by Terraform; the rest of their faults are in power.long.test.ts. */
import { useFaultBench } from '../__testUtils__/faultBench';
import { ENDED_CERTIFICATE } from '../__testUtils__/simulatedGuest';
import { describeWithTerraform } from '../__testUtils__/workbench';
import { powerCalls, readyCluster } from './__testUtils__/powerScene';

jest.setTimeout(240_000);

describeWithTerraform('A cluster that sleeps (nodes simulated)', () => {
  const shared = useFaultBench();

  it('stops its workers first, starts its control plane first, and is deleted in its sleep', async () => {
    const { bench, lab } = shared;
    const { clusterId, cp, worker } = await readyCluster(bench);
    const machines = await lab.machines();
    let at = await lab.now();

    expect(
      await bench.finished(await bench.db.request(clusterId, 'hibernate')),
    ).toMatchObject({ status: 'succeeded' });
    expect(await bench.db.clusters.get(clusterId)).toMatchObject({
      phase: 'hibernated',
      failure: undefined,
    });
    expect(await powerCalls(lab, at)).toEqual([
      `shutdown ${worker.vmid}`,
      `onboot=0 ${worker.vmid}`,
      `shutdown ${cp.vmid}`,
      `onboot=0 ${cp.vmid}`,
    ]);
    const states = async () =>
      (await bench.db.clusters.nodes(clusterId)).map(({ state }) => state);
    expect(await states()).toEqual(['stopped', 'stopped']);

    at = await lab.now();
    const wake = await bench.db.request(clusterId, 'wake');
    expect(await bench.finished(wake)).toMatchObject({ status: 'succeeded' });
    expect((await bench.db.clusters.get(clusterId))?.phase).toBe('ready');
    expect(await powerCalls(lab, at)).toEqual([
      `onboot=1 ${cp.vmid}`,
      `start ${cp.vmid}`,
      `onboot=1 ${worker.vmid}`,
      `start ${worker.vmid}`,
    ]);
    expect(await states()).toEqual(['ready', 'ready']);
    // Nothing but their power changed.
    expect([...(await lab.machines()).keys()]).toEqual([...machines.keys()]);

    await bench.finished(await bench.db.request(clusterId, 'hibernate'));
    expect(await bench.finished(await bench.deletion(clusterId))).toMatchObject(
      { status: 'succeeded' },
    );
    expect((await lab.machines()).size).toBe(0);
  });

  it('cuts the power of a machine that does not shut down, and says so', async () => {
    const { bench, lab } = shared;
    const { clusterId, worker } = await readyCluster(bench);
    await lab.fault({
      method: 'POST',
      path: `/nodes/*/qemu/${worker.vmid}/status/shutdown`,
      effect: {
        kind: 'fail-task',
        message: 'VM quit/powerdown failed - got timeout',
      },
    });
    const at = await lab.now();
    const id = await bench.db.request(clusterId, 'hibernate');
    expect(await bench.finished(id)).toMatchObject({ status: 'succeeded' });
    expect(await powerCalls(lab, at)).toContain(`stop ${worker.vmid}`);
    expect(await bench.messages(id)).toContain(
      `${worker.name} did not shut down within 120 s and was switched off`,
    );
  });

  it('touches nothing when one machine is not as it was recorded', async () => {
    const { bench, lab } = shared;
    const { clusterId, worker } = await readyCluster(bench);
    await lab.control('PATCH', `vms/${worker.vmid}`, {
      config: { description: 'keep!' },
    });
    const changed = await lab.exactly(worker.vmid);
    const at = await lab.now();
    expect(
      await bench.finished(await bench.db.request(clusterId, 'hibernate')),
    ).toMatchObject({
      status: 'failed',
      failure: { code: 'KUBESMITH-MACHINE-CONTRADICTION' },
    });
    expect(await powerCalls(lab, at)).toEqual([]);
    expect(await lab.exactly(worker.vmid)).toBe(changed);
    expect((await bench.db.clusters.get(clusterId))?.phase).toBe(
      'needs-attention',
    );
  });

  it('says so when a certificate ended in its sleep, and wakes when it was renewed', async () => {
    const { bench } = shared;
    const { clusterId, cp } = await readyCluster(bench);
    await bench.finished(await bench.db.request(clusterId, 'hibernate'));
    const { certificate } = bench.guests;
    bench.guests.certificate = name =>
      name === cp.name ? ENDED_CERTIFICATE : certificate(name);
    expect(
      await bench.finished(await bench.db.request(clusterId, 'wake')),
    ).toMatchObject({
      status: 'failed',
      failure: {
        code: 'KUBESMITH-CERTIFICATE-EXPIRED',
        message: expect.stringContaining('2021-01-01'),
        nextStep: expect.stringContaining('then wake it again'),
      },
    });
    expect((await bench.db.clusters.get(clusterId))?.phase).toBe('failed');
    bench.guests.certificate = certificate;
    expect(
      await bench.finished(await bench.db.request(clusterId, 'wake')),
    ).toMatchObject({ status: 'succeeded' });
  });
});
