import { createTestDatabases } from '../__testUtils__/databases';
import { LeaseLostError } from '../engine/OperationStore';
import { LabProxmox } from '../steps/__testUtils__/LabProxmox';
import { formatMarker } from '../tools/proxmox/marker';
import {
  POOL,
  type ReconcilerBench,
  reconcilerBench,
} from './__testUtils__/reconcilerBench';

jest.setTimeout(60_000);

const databases = createTestDatabases();
let lab: LabProxmox;

beforeAll(async () => {
  lab = await LabProxmox.start();
});
afterEach(() => lab.reset());
afterAll(() => lab.stop());

describe.each(databases.eachSupportedId())('The reconciler on %s', id => {
  let bench: ReconcilerBench;
  beforeEach(async () => {
    bench = await reconcilerBench(await databases.init(id), lab);
  });
  afterEach(() => bench.proxmox.close());

  it('should find nothing when records and machines agree, and say when and where it looked', async () => {
    await bench.ready('one');
    expect(await bench.look()).toEqual([]);
    const { answers, finishedAt, isLooking } = await bench.findings.status();
    expect(
      answers.map(({ answered, environment }) => [environment, answered]),
    ).toEqual([
      ['distributed-systems-2026', true],
      ['research', true],
    ]);
    expect(finishedAt).toBeGreaterThan(0);
    expect(isLooking).toBe(false);
  });

  it.each([
    ['machine-missing', 'DELETE', undefined, /is gone/],
    ['machine-stopped', 'PATCH', { stop: true }, /does not run: .*'stopped'/],
    [
      'machine-changed',
      'PATCH',
      { config: { name: 'mine-now' } },
      /not proven ours any more: it is named 'mine-now'/,
    ],
    [
      'machine-changed',
      'PATCH',
      { pool: 'kubesmith-distributed-systems-2026' },
      /it is in the pool 'kubesmith-distributed-systems-2026'/,
    ],
    ['machine-changed', 'PATCH', { pool: null }, /the portal may not see it/],
    [
      'machine-resized',
      'PATCH',
      { config: { cores: 4, memory: 1024 } },
      /4 vCPU instead of 2 and 1024 MiB of memory instead of 2048/,
    ],
    [
      'foreign-machine',
      'PATCH',
      {
        config: {
          name: 'theirs',
          description: 'keep!',
          smbios1: 'uuid=11111111-2222-4333-8444-555555555555',
        },
      },
      /somebody else's machine: it is named 'theirs'/,
    ],
  ] as const)(
    'should find "%s", change nothing, and end it when it is well again',
    async (kind, method, change, detail) => {
      const { clusterId, nodes } = await bench.ready('one');
      const { vmid } = nodes[1];
      await lab.control(method, `vms/${vmid}`, change);
      const machine = await lab.exactly(vmid);
      const calls = await lab.now();
      expect(await bench.look()).toEqual([kind]);
      await bench.minuteLater();
      await bench.look();
      await bench.minuteLater();
      await bench.look();
      expect(await bench.open()).toEqual([
        expect.objectContaining({
          clusterId,
          vmid,
          kind,
          environment: 'research',
          sightings: 3,
          detail: expect.stringMatching(detail),
          nextStep: expect.stringMatching(/\w/),
          repairedAt: undefined,
        }),
      ]);
      expect(await lab.exactly(vmid)).toBe(machine);
      expect(await lab.changes(calls)).toEqual([]);
      expect(await bench.clusters.nodes(clusterId)).toEqual(nodes);

      if (method === 'PATCH') await lab.control('DELETE', `vms/${vmid}`);
      await bench.make(nodes[1]);
      expect(await bench.look()).toEqual([]);
      const ended = await bench.findings.list({
        environments: ['research'],
        includeEnded: true,
      });
      expect(ended).toEqual([
        expect.objectContaining({ kind, endedAt: expect.any(Number) }),
      ]);
    },
  );

  it('should tell of a machine that runs although its cluster is hibernated, and of none that is stopped', async () => {
    const { clusterId, nodes } = await bench.ready('one');
    await bench
      .knex('clusters')
      .where({ id: clusterId })
      .update({ phase: 'hibernated' });
    await lab.control('PATCH', `vms/${nodes[0].vmid}`, { stop: true });
    expect(await bench.look()).toEqual(['machine-running']);
    expect((await bench.open())[0].vmid).toBe(nodes[1].vmid);
  });

  it('should let the record follow a machine to another host, after two sightings', async () => {
    const { clusterId, nodes } = await bench.ready('one');
    await lab.control('DELETE', `vms/${nodes[1].vmid}`);
    await bench.make({ ...nodes[1], host: 'pve2' });
    expect(await bench.look()).toEqual(['machine-moved']);
    expect(await bench.clusters.nodes(clusterId)).toEqual(nodes);
    // Pressed again at once it is the same sighting.
    await bench.look();
    expect(await bench.clusters.nodes(clusterId)).toEqual(nodes);
    await bench.minuteLater();
    await bench.look();
    expect((await bench.clusters.nodes(clusterId))[1].host).toBe('pve2');
    expect(await bench.look()).toEqual([]);
    expect(bench.audited).toEqual([
      expect.objectContaining({ kind: 'machine-moved', clusterId }),
    ]);
  });

  it('should remove what is left of a deleted cluster after two sightings, and nothing else', async () => {
    const { clusterId, nodes } = await bench.ready('gone');
    const other = await bench.ready('other');
    const stranger = await lab.stranger(30_001, { pool: POOL });
    await bench.deleted(clusterId);
    const [cp, worker] = nodes;
    // Somebody made one of them their own.
    await lab.control('PATCH', `vms/${cp.vmid}`, { config: { name: 'mine' } });
    const others = async () =>
      Promise.all(
        [cp.vmid, 30_001, ...other.nodes.map(({ vmid }) => vmid)].map(vmid =>
          lab.exactly(vmid),
        ),
      );
    const before = await others();
    expect(await bench.look()).toEqual(
      expect.arrayContaining([
        'foreign-machine',
        'orphan-machine',
        'unknown-machine',
      ]),
    );
    expect(await lab.exactly(worker.vmid)).not.toBe('none');
    await bench.minuteLater();
    await bench.look();
    expect(await lab.exactly(worker.vmid)).toBe('none');
    expect(await others()).toEqual(before);
    expect(before[1]).toBe(stranger);
    const [orphan] = await bench.open('orphan-machine');
    expect(orphan).toMatchObject({
      vmid: worker.vmid,
      repairedAt: expect.any(Number),
      repair: expect.stringContaining('was removed'),
    });
    await bench.look();
    expect(await bench.open('orphan-machine')).toEqual([]);
    expect(await bench.open('unknown-machine')).toEqual([
      expect.objectContaining({
        vmid: cp.vmid,
        detail: expect.stringContaining("it is named 'mine'"),
        repairedAt: undefined,
      }),
    ]);
    expect(await bench.open('foreign-machine')).toEqual([
      expect.objectContaining({ vmid: 30_001, repairedAt: undefined }),
    ]);
  });

  it('should leave machines alone that the records do not know, whatever they bear', async () => {
    const { nodes } = await bench.ready('one');
    const clusterId = bench.id();
    await bench.make({
      ...nodes[0],
      clusterId,
      vmid: 30_005,
      ipAddress: '10.40.19.240',
    });
    // A copy of a live one.
    await bench.make({
      ...nodes[0],
      vmid: 30_006,
      ipAddress: '10.40.19.241',
    });
    const before = [await lab.exactly(30_005), await lab.exactly(30_006)];
    for (let round = 0; round < 3; round++) {
      await bench.look();
      await bench.minuteLater();
    }
    expect(await bench.open('unknown-machine')).toHaveLength(2);
    expect([await lab.exactly(30_005), await lab.exactly(30_006)]).toEqual(
      before,
    );
  });

  it('should repair once when replicas look at the same time', async () => {
    const { clusterId, nodes } = await bench.ready('gone');
    await bench.deleted(clusterId);
    await bench.look();
    await bench.minuteLater();
    const calls = await lab.now();
    const looked = await Promise.all(
      Array.from({ length: 4 }, () => bench.newReconciler().look()),
    );
    expect(looked.filter(did => did)).toHaveLength(1);
    const deletions = (await lab.changes(calls)).filter(
      ({ method }) => method === 'DELETE',
    );
    expect(deletions).toHaveLength(nodes.length);
    expect(bench.audited.map(({ kind }) => kind)).toEqual(
      nodes.map(() => 'orphan-machine'),
    );
  });

  it('should look again, and count what it sees, when the clock that jumped ahead is put back', async () => {
    const { nodes } = await bench.ready('one');
    await lab.control('DELETE', `vms/${nodes[1].vmid}`);
    await bench.look();
    const far = 365 * 24 * 3_600_000;
    await bench.knex('findings').increment('counted_at', far);
    await bench.knex('reconciler_state').increment('finished_at', far);
    expect(await bench.reconciler.look({ restMs: 60_000 })).toBe(true);
    expect((await bench.open('machine-missing'))[0].sightings).toBe(2);
    expect(await bench.reconciler.look({ restMs: 60_000 })).toBe(false);

    // Somebody who looked at that time ended without a word.
    await bench
      .knex('reconciler_state')
      .update({ lease_until: Date.now() + far });
    expect((await bench.findings.status()).isLooking).toBe(false);
    expect(await bench.reconciler.look()).toBe(true);
  });

  it('should write nothing any more when it was stopped for longer than its right to look lasts', async () => {
    const { clusterId, nodes } = await bench.ready('gone');
    await bench.deleted(clusterId);
    await bench.look();
    await bench.minuteLater();
    const calls = await lab.now();
    bench.hooks.during = async () => {
      bench.hooks.during = async () => {};
      await bench.knex('reconciler_state').update({ lease_until: 1 });
      expect(await bench.newReconciler().look()).toBe(true);
    };
    await expect(bench.reconciler.look()).rejects.toThrow(LeaseLostError);
    const deletions = (await lab.changes(calls)).filter(
      ({ method }) => method === 'DELETE',
    );
    expect(deletions).toHaveLength(nodes.length);
    expect(
      (await bench.open('orphan-machine')).map(({ sightings }) => sightings),
    ).toEqual([2, 2]);
    expect((await bench.findings.status()).isLooking).toBe(false);
  });

  it('should tell when the state of a ready cluster is lost, and remove what is left of a deleted one', async () => {
    const { clusterId } = await bench.ready('one');
    const gone = await bench.ready('gone');
    await bench.knex('secrets').where({ owner_id: clusterId }).delete();
    await bench.pools.release(gone.clusterId);
    await bench.clusters.markDeleted(gone.clusterId);
    const left = async () =>
      (await bench.knex('secrets').where({ owner_id: gone.clusterId })).length;
    await lab.control('PATCH', `vms/${gone.nodes[0].vmid}`, {
      config: { name: 'mine' },
    });
    await bench.look();
    await bench.minuteLater();
    await bench.look();
    // One of its machines may still be there.
    expect(await left()).toBe(1);
    await lab.control('DELETE', `vms/${gone.nodes[0].vmid}`);
    await bench.look();
    expect(await left()).toBe(0);
    expect(await bench.look()).toEqual(['state-missing']);
    expect((await bench.open('state-missing'))[0]).toMatchObject({
      clusterId,
      repairedAt: undefined,
    });
  });

  it('should tell administrators once of what needs a person and was seen twice', async () => {
    const { nodes } = await bench.ready('one');
    await bench.deleted((await bench.ready('gone')).clusterId);
    await lab.control('DELETE', `vms/${nodes[0].vmid}`);
    await lab.control('PATCH', `vms/${nodes[1].vmid}`, { stop: true });
    await bench.look();
    expect(bench.notices).toEqual([]);
    for (let round = 0; round < 3; round++) {
      await bench.minuteLater();
      await bench.look();
    }
    expect(bench.notices).toEqual([
      expect.objectContaining({
        title: '2 new findings',
        link: '/kubesmith/findings',
        description: expect.stringMatching(
          /^The machine .* is gone.*\nThe machine .* does not run/,
        ),
      }),
    ]);
  });

  it('should tell of it later when notifications are away, or when the process ended before it told', async () => {
    const { nodes } = await bench.ready('one');
    await lab.control('DELETE', `vms/${nodes[0].vmid}`);
    await bench.look();
    await bench.minuteLater();
    bench.post.isAway = true;
    await bench.look();
    expect(bench.notices).toEqual([]);
    bench.post.isAway = false;
    await bench.look();
    await bench.look();
    expect(bench.notices).toEqual([
      expect.objectContaining({ title: 'A new finding' }),
    ]);

    // It is another finding when it comes again.
    await bench.make(nodes[0]);
    await bench.look();
    await lab.control('DELETE', `vms/${nodes[0].vmid}`);
    await bench.look();
    await bench.minuteLater();
    await bench.look();
    expect(bench.notices).toHaveLength(2);
  });

  it('should say why something could not be put right, and try again in the next look', async () => {
    const { clusterId, nodes } = await bench.ready('gone');
    await bench.deleted(clusterId);
    await lab.control('DELETE', `vms/${nodes[0].vmid}`);
    await bench.look();
    await bench.minuteLater();
    await lab.fault({
      method: 'DELETE',
      path: '/nodes/*/qemu/*',
      effect: {
        kind: 'status',
        status: 500,
        message: 'can not remove VM - protection mode enabled',
      },
    });
    await bench.look();
    expect((await bench.open('orphan-machine'))[0]).toMatchObject({
      repairedAt: undefined,
      repair: expect.stringMatching(
        /^Not repaired yet: KUBESMITH-MACHINE-PROTECTED: /,
      ),
    });
    expect(bench.audited).toEqual([]);
    await bench.look();
    expect(await lab.exactly(nodes[1].vmid)).toBe('none');
    expect(bench.audited).toHaveLength(1);
  });

  it('should know nothing while Proxmox is away, and end or repair nothing', async () => {
    const { clusterId, nodes } = await bench.ready('gone');
    await bench.deleted(clusterId);
    const kinds = await bench.look();
    await bench.minuteLater();
    await lab.fault({
      path: '/**',
      effect: { kind: 'drop-before' },
      count: 1000,
    });
    expect(await bench.look()).toEqual(kinds);
    const { answers } = await bench.findings.status();
    expect(answers).toEqual([
      expect.objectContaining({
        answered: false,
        problem: expect.stringContaining('KUBESMITH-PVE-UNREACHABLE'),
      }),
      expect.objectContaining({ answered: false }),
    ]);
    await lab.lift();
    expect(await lab.exactly(nodes[0].vmid)).not.toBe('none');
    expect((await bench.open()).every(({ sightings }) => sightings === 1)).toBe(
      true,
    );
  });

  it('should know nothing of an environment whose machines the token may not see', async () => {
    await bench.ready('one');
    await lab.revoke('VM.Audit');
    expect(await bench.look()).toEqual([]);
    const { answers } = await bench.findings.status();
    expect(answers[1]).toMatchObject({
      answered: false,
      problem: expect.stringContaining('VM.Audit'),
    });
  });

  it('should say nothing of machines whose host is down', async () => {
    const { nodes } = await bench.ready('one');
    await lab.control('DELETE', `vms/${nodes[1].vmid}`);
    await bench.make({ ...nodes[1], host: 'pve3' }, { cores: 7 });
    await lab.control('PUT', 'hosts/pve3', { down: true });
    expect(await bench.look()).toEqual([]);
    await lab.control('PUT', 'hosts/pve3', { down: false });
    expect(await bench.look()).toEqual(['machine-moved', 'machine-resized']);
  });

  it('should say nothing of clusters with which something goes on', async () => {
    const { clusterId, nodes } = await bench.ready('one');
    await lab.control('DELETE', `vms/${nodes[1].vmid}`);
    const end = await bench.busy(clusterId);
    expect(await bench.look()).toEqual([]);
    await end();
    expect(await bench.look()).toEqual(['machine-missing']);
    // What is known stays as it is.
    await bench.make(nodes[1]);
    await bench.busy(clusterId);
    expect(await bench.look()).toEqual(['machine-missing']);
  });

  it('should repair nothing on the word of a restored backup', async () => {
    const { clusterId, nodes } = await bench.ready('gone');
    await bench.deleted(clusterId);
    await bench.look();
    await bench.minuteLater();
    await bench
      .knex('database_generation')
      .update({ restore_state: 'detected', restore_reason: 'a test' });
    await bench.look();
    expect(await lab.exactly(nodes[0].vmid)).not.toBe('none');
    expect((await bench.open('orphan-machine'))[0].sightings).toBe(2);
  });

  it('should withhold free addresses that answer, after two sightings', async () => {
    await bench.ready('one');
    const free = async () => (await bench.pools.usage('lab')).free;
    const before = await free();
    bench.answering.set('10.40.19.230', 'answers on port 22');
    await lab.stranger(777, { pool: POOL });
    await lab.control('PATCH', 'vms/777', {
      config: { ipconfig0: 'ip=10.40.19.231/24', description: 'theirs' },
    });
    await bench.look();
    expect(await free()).toBe(before);
    await bench.minuteLater();
    await bench.look();
    expect(
      (await bench.open('address-in-use')).map(({ detail }) => detail).sort(),
    ).toEqual([
      "The address 10.40.19.230 of the pool 'lab' answers on port 22, but the pool has given it to nobody.",
      "The address 10.40.19.231 of the pool 'lab' is used by the machine 777, but the pool has given it to nobody.",
    ]);
    expect(await free()).toBe(before - 2);
    // Still used: the finding stays as long as that is so.
    await bench.look();
    expect(await bench.open('address-in-use')).toHaveLength(2);
    bench.answering.clear();
    await bench.look();
    expect(await bench.open('address-in-use')).toHaveLength(1);
  });

  it('should tell when somebody else uses the address of a node', async () => {
    const { clusterId, nodes } = await bench.ready('one');
    await lab.stranger(777, { pool: POOL });
    await lab.control('PATCH', 'vms/777', {
      config: { ipconfig0: `ip=${nodes[1].ipAddress}/24`, description: 'x' },
    });
    await bench.look();
    await bench.minuteLater();
    await bench.look();
    const rows = await bench
      .knex('ip_addresses')
      .where({ cluster_id: clusterId });
    expect(rows.map(({ state }) => state)).toEqual(['bound', 'bound', 'bound']);
    expect(await bench.open('address-in-use')).toEqual([
      expect.objectContaining({
        vmid: 777,
        detail: expect.stringContaining("held by one-w-1 of the cluster 'one'"),
        repairedAt: undefined,
      }),
    ]);
  });

  it('should give back addresses of a deleted cluster only when its machines are gone', async () => {
    const { clusterId, nodes } = await bench.ready('gone');
    await bench.clusters.markDeleted(clusterId);
    const [cp, worker] = nodes;
    await lab.control('DELETE', `vms/${worker.vmid}`);
    await lab.control('PATCH', `vms/${cp.vmid}`, { config: { name: 'mine' } });
    const held = () =>
      bench.knex('ip_addresses').where({ cluster_id: clusterId });
    await bench.look();
    await bench.minuteLater();
    await bench.look();
    expect(await held()).toHaveLength(3);
    expect((await bench.open('address-held'))[0]).toMatchObject({
      repair: expect.stringContaining(`There is a machine ${cp.vmid}`),
      repairedAt: undefined,
    });
    await lab.control('DELETE', `vms/${cp.vmid}`);
    await bench.look();
    expect((await held()).filter(({ state }) => state === 'bound')).toEqual([]);
    expect(await bench.look()).not.toContain('address-held');
  });

  it('should not remove a machine whose id a node of another cluster has', async () => {
    const { clusterId, nodes } = await bench.ready('gone');
    await bench.deleted(clusterId);
    const other = await bench.db.order({ name: 'later' });
    await bench.look();
    await bench
      .knex('nodes')
      .where({ cluster_id: other.clusterId, role: 'worker' })
      .update({ vmid: nodes[1].vmid, live_vmid: nodes[1].vmid });
    await bench.minuteLater();
    await bench.look();
    expect(await lab.exactly(nodes[1].vmid)).not.toBe('none');
    expect(await lab.exactly(nodes[0].vmid)).toBe('none');
  });

  it('should forget nothing when the marker of a machine names another operation', async () => {
    const { clusterId, nodes } = await bench.ready('gone');
    await bench.deleted(clusterId);
    await lab.control('PATCH', `vms/${nodes[0].vmid}`, {
      config: {
        description: formatMarker({
          clusterId,
          nodeName: nodes[0].name,
          operationId: bench.id(),
        }),
      },
    });
    for (let round = 0; round < 3; round++) {
      await bench.look();
      await bench.minuteLater();
    }
    expect(await lab.exactly(nodes[0].vmid)).not.toBe('none');
    expect(await bench.open('unknown-machine')).toHaveLength(1);
  });
});
