/** What people do to machines, template, storage, hosts and token while a creation runs. */
import { eventually } from '../../engine/__testUtils__/engineDatabase';
import { useFaultBench } from '../__testUtils__/faultBench';
import { describeWithTerraform } from '../__testUtils__/workbench';
import { neededToCreate } from './privileges';

jest.setTimeout(15 * 60_000);

const CLONE = { method: 'POST', path: '/nodes/*/qemu/9000/clone' };
const START = { method: 'POST', path: '/nodes/*/qemu/*/status/start' };

describeWithTerraform('While machines are made', () => {
  const shared = useFaultBench();

  const succeeds = async (operationId: string) =>
    expect(await shared.bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
    });
  const phaseOf = async (clusterId: string) =>
    (await shared.bench.db.clusters.get(clusterId))?.phase;

  /** An operation that waits for the guest agent of the worker, which does not answer. */
  async function waitingForGuests() {
    const { bench, lab } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    const [, worker] = await bench.db.clusters.nodes(clusterId);
    await lab.fault({
      method: 'POST',
      path: `/nodes/*/qemu/${worker.vmid}/agent/ping`,
      count: 1000,
      effect: {
        kind: 'status',
        status: 500,
        message: 'QEMU guest agent is not running',
      },
    });
    bench.start();
    await eventually(async () => (await lab.hits()) > 0, 'pings', 180_000);
    return { clusterId, operationId, worker };
  }

  it('a machine is removed while its system starts: it is made again', async () => {
    const { bench, lab } = shared;
    const { operationId, worker } = await waitingForGuests();
    await lab.control('DELETE', `vms/${worker.vmid}`);
    expect(await bench.waiting(operationId, 'machines')).toMatchObject({
      code: 'KUBESMITH-MACHINE-GONE',
      class: 'transient',
    });
    await lab.lift();
    await succeeds(operationId);
    expect((await lab.machines()).get(worker.vmid)).toMatchObject({
      pool: 'kubesmith-research',
      config: { name: worker.name },
    });
  });

  it('a machine is stopped while its system starts: it is started again', async () => {
    const { bench, lab } = shared;
    const since = await lab.now();
    const { operationId, worker } = await waitingForGuests();
    await lab.control('PATCH', `vms/${worker.vmid}`, { stop: true });
    expect(await bench.waiting(operationId, 'machines')).toMatchObject({
      code: 'KUBESMITH-MACHINE-STOPPED',
      class: 'transient',
    });
    await lab.lift();
    await succeeds(operationId);
    expect(await lab.clones(since)).toHaveLength(2);
    expect(
      (await lab.changes(since)).filter(({ path }) =>
        path.endsWith(`/${worker.vmid}/status/start`),
      ),
    ).toHaveLength(2);
  });

  it.each([
    ['renamed', { config: { name: 'mine-now' } }],
    ['moved to another pool', { pool: 'kubesmith-distributed-systems-2026' }],
    ['given another description', { config: { description: 'keep!' } }],
  ])(
    'a machine is %s: nothing more is done to it, a person must look',
    async (_, change) => {
      const { bench, lab } = shared;
      const { clusterId, operationId } = await bench.order('demo');
      bench.start();
      await succeeds(operationId);
      const [, worker] = await bench.db.clusters.nodes(clusterId);
      const original = (await lab.machines()).get(worker.vmid)!;
      await lab.control('PATCH', `vms/${worker.vmid}`, change);
      const changed = await lab.exactly(worker.vmid);
      const at = await lab.now();
      await bench.repeatMachines(operationId);
      expect(await bench.finished(operationId)).toMatchObject({
        status: 'failed',
        failure: {
          code: 'KUBESMITH-MACHINE-CONTRADICTION',
          class: 'permanent',
          message: expect.stringContaining('demo-w-1'),
          nextStep: expect.stringContaining('administrator'),
        },
      });
      expect(await phaseOf(clusterId)).toBe('needs-attention');
      expect(await lab.changes(at)).toEqual([]);
      expect(await lab.exactly(worker.vmid)).toBe(changed);

      await lab.control('PATCH', `vms/${worker.vmid}`, {
        config: {
          name: original.config.name,
          description: original.config.description,
        },
        pool: original.pool,
      });
      await bench.db.operations.retry(operationId);
      await succeeds(operationId);
    },
  );

  it('the token lacks a privilege: it is named with its path, and nothing is made', async () => {
    const { bench, lab } = shared;
    const needed = neededToCreate(bench.services.config.environments[0]);
    const tried: string[] = [];
    bench.start();
    for (const [path, privileges] of Object.entries(needed)) {
      for (const privilege of privileges) {
        const at = await lab.now();
        await lab.revoke(privilege);
        const { clusterId, operationId } = await bench.order(
          `demo-${tried.length}`,
        );
        const failed = await bench.finished(operationId);
        expect(failed.failure).toMatchObject({
          code: 'KUBESMITH-PVE-PERMISSION',
          class: 'permanent',
          nextStep: expect.stringContaining('documented role'),
        });
        expect(failed.failure?.message).toContain(`${privilege} on `);
        expect(failed.failure?.message).toContain(path);
        expect(await phaseOf(clusterId)).toBe('failed');
        expect(await lab.changes(at)).toEqual([]);
        await bench.db.knex('ip_addresses').delete();
        await lab.reset();
        tried.push(privilege);
      }
    }
    expect(tried).toHaveLength(19);
  });

  it('the template is gone: a code of its own, nothing is made; it goes on when it is back', async () => {
    const { bench, lab } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    await lab.control('PATCH', 'vms/9000', { config: { template: null } });
    const at = await lab.now();
    bench.start();
    const failed = await bench.finished(operationId);
    await lab.control('PATCH', 'vms/9000', { config: { template: 1 } });
    expect(failed).toMatchObject({
      status: 'failed',
      failure: {
        code: 'KUBESMITH-PVE-TEMPLATE-GONE',
        class: 'permanent',
        message: expect.stringContaining('9000'),
        nextStep: expect.stringContaining('template'),
      },
    });
    expect(await phaseOf(clusterId)).toBe('failed');
    expect(await lab.changes(at)).toEqual([]);
    await bench.db.operations.retry(operationId);
    await succeeds(operationId);
  });

  it('the storage is full: fails at once with a next step, leaves nothing, goes on after Retry', async () => {
    const { bench, lab } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    await lab.fault({
      ...CLONE,
      count: 2,
      effect: {
        kind: 'fail-task',
        message: 'clone failed: rbd error: (28) No space left on device',
      },
    });
    bench.start();
    const failed = await bench.finished(operationId);
    expect(failed).toMatchObject({
      status: 'failed',
      failure: {
        code: 'KUBESMITH-PVE-SPACE',
        class: 'permanent',
        nextStep: expect.stringContaining('space'),
      },
    });
    expect(failed.steps[1].attempt).toBe(1);
    expect(await phaseOf(clusterId)).toBe('failed');
    expect((await lab.machines()).size).toBe(0);
    await bench.db.operations.retry(operationId);
    await succeeds(operationId);
  });

  it.each([
    [
      'end with warnings: counts as done',
      { kind: 'warn-task', message: 'no cloud-init drive' },
      1,
    ],
    ['are slow: are waited for', { kind: 'slow-task', ms: 4000 }, 1],
    [
      'fail once: are done again',
      { kind: 'fail-task', message: 'interrupted by signal' },
      2,
    ],
  ])('tasks %s', async (_, effect, attempts) => {
    const { bench, lab } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    await lab.fault({ ...CLONE, effect }, { ...START, effect });
    bench.start();
    await succeeds(operationId);
    const operation = await bench.db.operations.get(operationId);
    expect(operation?.steps[1].attempt).toBeGreaterThanOrEqual(attempts);
    expect(operation?.steps[1].attempt).toBeLessThanOrEqual(attempts * 2 - 1);
    expect([...(await lab.machines()).keys()].sort()).toEqual(
      (await bench.db.clusters.nodes(clusterId)).map(({ vmid }) => vmid),
    );
  });

  it('what is tried again by itself says something else when it was tried often enough', async () => {
    const { bench, lab } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    await lab.control('PUT', 'hosts/pve1', { down: true });
    bench.start();
    const failed = await bench.finished(operationId);
    expect(failed.steps[1].attempt).toBe(5);
    expect(failed.failure).toMatchObject({
      code: 'KUBESMITH-PVE-UNREACHABLE',
      nextStep: expect.stringMatching(/^It was tried several times\. Retry/),
    });
    expect(await phaseOf(clusterId)).toBe('failed');
    await lab.control('PUT', 'hosts/pve1', { down: false });
    await bench.db.operations.retry(operationId);
    await succeeds(operationId);
  });
});
