/** A few of Proxmox's faults that stand for the others, which are in the `*.long.test.ts` beside this file. */
import { useFaultBench } from '../__testUtils__/faultBench';
import { describeWithTerraform } from '../__testUtils__/workbench';

jest.setTimeout(240_000);

const POOL = 'kubesmith-research';

describeWithTerraform('Faults of Proxmox while machines are made', () => {
  const shared = useFaultBench();

  it('should complete a machine whose start failed, and not make it again', async () => {
    const { bench, lab } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    await lab.fault({
      method: 'POST',
      path: '/nodes/*/qemu/*/status/start',
      effect: { kind: 'fail-task', message: 'start failed: QEMU exited' },
    });
    bench.start();
    const operation = await bench.finished(operationId);
    expect(operation).toMatchObject({ status: 'succeeded' });
    expect(operation.steps[1].attempt).toBe(2);
    const vmids = (await bench.db.clusters.nodes(clusterId)).map(
      ({ vmid }) => vmid,
    );
    expect((await lab.clones()).sort()).toEqual(vmids);
    const messages = await bench.messages(operationId);
    expect(messages.join('\n')).toMatch(
      /A task of Proxmox failed: .*start failed: QEMU exited.* Next try in \d+ s/,
    );
  });

  it('should give a node another id when a stranger took its own, and not touch the stranger', async () => {
    const { bench, lab } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    const [before, other] = await bench.db.clusters.nodes(clusterId);
    const stranger = await lab.stranger(before.vmid, { pool: POOL });
    bench.start();
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
    });
    const [after, untouched] = await bench.db.clusters.nodes(clusterId);
    expect(after).toMatchObject({
      name: before.name,
      ipAddress: before.ipAddress,
      macAddress: before.macAddress,
      smbiosUuid: before.smbiosUuid,
      state: 'running',
    });
    expect(after.vmid).not.toBe(before.vmid);
    expect(untouched.vmid).toBe(other.vmid);
    expect([...(await lab.machines()).keys()].sort()).toEqual(
      [before.vmid, other.vmid, after.vmid].sort(),
    );
    expect(await bench.messages(operationId)).toContain(
      `The machine id ${before.vmid} that was reserved for ${before.name} belongs to another machine: ` +
        `it is named 'somebody-elses'. It was not touched; ${before.name} gets the id ${after.vmid}.`,
    );

    expect(await bench.finished(await bench.deletion(clusterId))).toMatchObject(
      { status: 'succeeded' },
    );
    expect([...(await lab.machines()).keys()]).toEqual([before.vmid]);
    expect(await lab.exactly(before.vmid)).toBe(stranger);
  });

  it('should name the host that is down, make nothing, and go on when it is back', async () => {
    const { bench, lab } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    await bench.db
      .knex('nodes')
      .where({ cluster_id: clusterId, role: 'worker' })
      .update({ host: 'pve2' });
    await lab.control('PUT', 'hosts/pve2', { down: true });
    const at = await lab.now();
    bench.start();
    expect(await bench.waiting(operationId, 'machines')).toMatchObject({
      code: 'KUBESMITH-PVE-HOST-DOWN',
      class: 'transient',
      message:
        "The Proxmox host 'pve2' does not answer: demo-w-1 belongs there",
    });
    expect(await lab.changes(at)).toEqual([]);
    await lab.control('PUT', 'hosts/pve2', { down: false });
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
    });
  });

  it('should say that the token is wrong, once, and change nothing', async () => {
    const { bench, lab } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    await lab.control('PUT', `tokens/${lab.connection.tokenId}`, {
      secret: '00000000-0000-4000-8000-00000000dead',
    });
    const at = await lab.now();
    bench.start();
    const failed = await bench.finished(operationId);
    expect(failed).toMatchObject({
      status: 'failed',
      failure: {
        code: 'KUBESMITH-PVE-CREDENTIALS',
        class: 'permanent',
        nextStep: expect.stringContaining('administrator'),
      },
    });
    expect(failed.steps[1].attempt).toBe(1);
    expect((await bench.db.clusters.get(clusterId))?.phase).toBe('failed');
    expect(await lab.changes(at)).toEqual([]);
  });
});
