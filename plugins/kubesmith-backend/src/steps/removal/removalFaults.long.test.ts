/**
 * Each error of Proxmox on each call of a deletion, once and for long, and machines that somebody changed by hand. A deletion
 * never gives up, frees nothing before the machines are gone, and touches nothing that is not proven ours.
 */
import { useFaultBench } from '../__testUtils__/faultBench';
import { describeWithTerraform } from '../__testUtils__/workbench';

jest.setTimeout(15 * 60_000);

const POOL = 'kubesmith-research';
const ERRORS = {
  'HTTP 500': { kind: 'status', status: 500, message: 'internal error' },
  'HTTP 595': { kind: 'status', status: 595, message: 'No route to host' },
  'HTTP 596': { kind: 'status', status: 596, message: 'Connection timed out' },
  "can't lock file": { kind: 'lock-timeout' },
};
type ErrorName = keyof typeof ERRORS;

const CALLS = {
  stop: { method: 'POST', path: '/nodes/*/qemu/*/status/stop' },
  delete: { method: 'DELETE', path: '/nodes/*/qemu/*' },
  'reading a status': {
    method: 'GET',
    path: '/nodes/*/qemu/*/status/current',
  },
  'reading a task': { method: 'GET', path: '/nodes/*/tasks/*/status' },
  'reading the volumes': {
    method: 'GET',
    path: '/nodes/*/storage/*/content',
  },
};
type CallName = keyof typeof CALLS;

/** Nothing is locked for those who only read. */
const errorsOf = (call: CallName): ErrorName[] =>
  (Object.keys(ERRORS) as ErrorName[]).filter(
    error => !call.startsWith('reading') || error.startsWith('HTTP'),
  );

describeWithTerraform('A deletion', () => {
  const shared = useFaultBench();

  /** A cluster with its machines, and what is free without it. */
  async function created() {
    const { bench } = shared;
    const free = (await bench.pools.usage('lab')).free;
    const { clusterId, operationId } = await bench.order('demo');
    bench.start();
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
    });
    const [cp, worker] = await bench.db.clusters.nodes(clusterId);
    const held = (await bench.pools.usage('lab')).free;
    expect(held).toBe(free - 3);
    return { clusterId, cp, worker, free, held };
  }

  async function expectDeleted(id: string, clusterId: string, free: number) {
    const { bench, lab } = shared;
    expect(await bench.finished(id)).toMatchObject({ status: 'succeeded' });
    expect((await bench.db.clusters.get(clusterId))?.phase).toBe('deleted');
    expect([...(await lab.machines()).keys()]).toEqual([]);
    expect((await bench.pools.usage('lab')).free).toBe(free);
  }

  async function expectHeld(clusterId: string, held: number) {
    const { bench } = shared;
    expect((await bench.pools.usage('lab')).free).toBe(held);
    expect((await bench.db.clusters.get(clusterId))?.phase).toBe('deleting');
  }

  it.each(Object.keys(CALLS) as CallName[])(
    'each of them once on %s: ends deleted',
    async call => {
      const { bench, lab } = shared;
      const { clusterId, free } = await created();
      await lab.fault(
        ...errorsOf(call).map(error => ({
          ...CALLS[call],
          effect: ERRORS[error],
        })),
      );
      await expectDeleted(await bench.deletion(clusterId), clusterId, free);
      expect(await lab.hits()).toBe(errorsOf(call).length);
    },
  );

  it.each([
    ['HTTP 500', 'stop', 'KUBESMITH-PVE-UNREACHABLE'],
    ['HTTP 595', 'stop', 'KUBESMITH-PVE-HOST-DOWN'],
    ["can't lock file", 'stop', 'KUBESMITH-PVE-LOCK'],
    ['HTTP 500', 'delete', 'KUBESMITH-PVE-UNREACHABLE'],
    ['HTTP 596', 'delete', 'KUBESMITH-PVE-HOST-DOWN'],
    ["can't lock file", 'delete', 'KUBESMITH-PVE-LOCK'],
    ['HTTP 595', 'reading a task', 'KUBESMITH-PVE-HOST-DOWN'],
  ] as const)(
    '%s for long on %s: waits with %s, holds the addresses, ends when it is over',
    async (error, call, code) => {
      const { bench, lab } = shared;
      const { clusterId, free, held } = await created();
      await lab.fault({ ...CALLS[call], effect: ERRORS[error], count: 1000 });
      const id = await bench.deletion(clusterId);
      const failure = await bench.waiting(id, 'destroy');
      expect(failure).toMatchObject({
        code,
        nextStep: 'Nothing: it is tried again by itself.',
      });
      await expectHeld(clusterId, held);
      await lab.lift();
      await expectDeleted(id, clusterId, free);
    },
  );

  it('waits for a host that is down, holds the addresses, and ends when it is back', async () => {
    const { bench, lab } = shared;
    const { clusterId, operationId } = await bench.order('demo');
    await bench.db
      .knex('nodes')
      .where({ cluster_id: clusterId, role: 'worker' })
      .update({ host: 'pve2' });
    bench.start();
    await bench.finished(operationId);
    const held = (await bench.pools.usage('lab')).free;
    await lab.control('PUT', 'hosts/pve2', { down: true, powerLoss: true });
    const id = await bench.deletion(clusterId);
    expect(await bench.waiting(id, 'destroy')).toMatchObject({
      code: 'KUBESMITH-PVE-HOST-DOWN',
      message: expect.stringContaining("'pve2'"),
    });
    await expectHeld(clusterId, held);
    await lab.control('PUT', 'hosts/pve2', { down: false });
    await expectDeleted(id, clusterId, held + 3);
  });

  // eslint-disable-next-line jest/expect-expect -- expectDeleted does
  it.each([
    ['removed', 'DELETE', undefined],
    ['stopped', 'PATCH', { stop: true }],
  ] as const)(
    'ends when a machine was %s by hand',
    async (_, method, change) => {
      const { bench, lab } = shared;
      const { clusterId, worker, free } = await created();
      await lab.control(method, `vms/${worker.vmid}`, change);
      await expectDeleted(await bench.deletion(clusterId), clusterId, free);
    },
  );

  it.each([
    ['renamed', { config: { name: 'mine-now' } }],
    ['moved to no pool', { pool: null }],
    ['moved to another pool', { pool: 'kubesmith-distributed-systems-2026' }],
    ['given another description', { config: { description: 'keep!' } }],
    [
      'given another UUID',
      { config: { smbios1: 'uuid=11111111-2222-4333-8444-555555555555' } },
    ],
  ])(
    'removes the others, leaves a machine alone that was %s, and frees nothing until it is put back',
    async (_, change) => {
      const { bench, lab } = shared;
      const { clusterId, cp, worker, free, held } = await created();
      const original = (await lab.machines()).get(worker.vmid)!;
      await lab.control('PATCH', `vms/${worker.vmid}`, change);
      const changed = await lab.exactly(worker.vmid);
      const id = await bench.deletion(clusterId);
      const failure = await bench.waiting(id, 'destroy');
      expect(failure).toMatchObject({
        code: expect.stringMatching(
          /^KUBESMITH-(MACHINE-CONTRADICTION|VMID-FOREIGN)$/,
        ),
        message: expect.stringContaining('demo-w-1'),
        nextStep: expect.stringContaining('administrator'),
      });
      const machines = await lab.machines();
      expect(machines.has(cp.vmid)).toBe(false);
      expect(await lab.exactly(worker.vmid)).toBe(changed);
      await expectHeld(clusterId, held);
      const { name, description, smbios1 } = original.config;
      await lab.control('PATCH', `vms/${worker.vmid}`, {
        config: { name, description, smbios1 },
        pool: POOL,
      });
      await expectDeleted(id, clusterId, free);
    },
  );

  it('waits while the token is wrong or lacks a privilege, holds the addresses, and ends afterwards', async () => {
    const { bench, lab } = shared;
    const { clusterId, free, held } = await created();
    const machines = await lab.machines();
    const setSecret = (secret: string) =>
      lab.control('PUT', `tokens/${lab.connection.tokenId}`, { secret });
    await setSecret('00000000-0000-4000-8000-00000000dead');
    const id = await bench.deletion(clusterId);
    expect(await bench.waiting(id, 'destroy')).toMatchObject({
      code: 'KUBESMITH-PVE-CREDENTIALS',
    });
    await setSecret(lab.connection.tokenSecret);
    for (const privilege of [
      'Pool.Audit',
      'VM.Allocate',
      'VM.Audit',
      'VM.PowerMgmt',
      'Datastore.Audit',
    ]) {
      const { roles } = await lab.control<{ roles: Record<string, string[]> }>(
        'GET',
        'state',
      );
      await lab.revoke(privilege);
      await bench.hurry(id);
      await bench.told(id, `lacks privileges: ${privilege} on /`);
      expect(await lab.machines()).toEqual(machines);
      await expectHeld(clusterId, held);
      for (const [name, privileges] of Object.entries(roles))
        await lab.control('PUT', `roles/${name}`, { privileges });
    }
    await expectDeleted(id, clusterId, free);
  });

  it('ends as soon as Proxmox is back after it was away for many attempts', async () => {
    const { bench, lab } = shared;
    const { clusterId, free, held } = await created();
    // The host whose API is being talked to: nobody answers at all.
    await lab.control('PUT', 'hosts/pve1', { down: true });
    const id = await bench.deletion(clusterId);
    for (let round = 0; round < 4; round++) {
      expect(await bench.waiting(id, 'destroy')).toMatchObject({
        code: 'KUBESMITH-PVE-UNREACHABLE',
      });
      await bench.hurry(id);
    }
    await expectHeld(clusterId, held);
    await lab.control('PUT', 'hosts/pve1', { down: false });
    await expectDeleted(id, clusterId, free);
  });
});
