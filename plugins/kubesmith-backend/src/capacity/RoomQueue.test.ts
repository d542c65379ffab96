import { randomUUID } from 'node:crypto';
import type { OrderDraft } from '@kubesmith/plugin-kubesmith-common';
import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { InMemoryHypervisor } from '../__testUtils__/doubles';
import { asOrderer } from '../__testUtils__/orderer';
import { orderService } from '../__testUtils__/orderService';
import { claimsOfPerson, people } from '../__testUtils__/people';
import { DeletionService } from '../orders/DeletionService';
import { dueOperations } from '../engine/dueOperations';
import { PLATFORM } from '../leases/records';
import { powerKeys } from '../power/PlatformPower';
import { previewRoom } from './previewRoom';
import type { CapacityLimits, MachineNeed } from './records';

jest.setTimeout(120_000);

const databases = createTestDatabases();
const { student1, student2 } = people;

/** Orders of 4 GiB for each machine, on three hosts. */
describe.each(databases.eachSupportedId())('RoomQueue on %s', databaseId => {
  async function setUp(
    options: { memoryGiB?: number; limits?: Partial<CapacityLimits> } = {},
  ) {
    const stores = await openStores(await databases.init(databaseId));
    const { clusters, knex, operations } = stores;
    const hypervisor = new InMemoryHypervisor();
    // With a reserve of 1 GiB each, room for two machines on each host.
    hypervisor.memoryGiB = options.memoryGiB ?? 9;
    const turns: string[] = [];
    const made = orderService(stores, hypervisor, {
      limits: { clonesAtOnce: 1000, ...options.limits },
      onTurn: ids => turns.push(...ids),
    });
    let count = 0;
    const order = async (
      workers: number,
      who = student1,
      more?: OrderDraft,
    ) => {
      count += 1;
      return made.orders.place(
        {
          name: `demo-${count}`,
          environment: 'distributed-systems-2026',
          size: 'small',
          workers,
          ...more,
        },
        {
          caller: asOrderer({ userRef: who, claims: claimsOfPerson(who) }),
          requestKey: randomUUID(),
        },
      );
    };
    const status = async ({ operationId }: { operationId: string }) =>
      (await operations.get(operationId))!.status;
    const due = async () =>
      (await dueOperations(knex, 100)).map(({ id }) => id);
    const log = async ({ operationId }: { operationId: string }) =>
      (await operations.events(operationId, { after: 0, limit: 100 })).map(
        ({ message }) => message,
      );
    /** As the end of a creation or a deletion does. */
    const ready = async ({ clusterId, operationId }: Placed) => {
      await knex.transaction(async tx => {
        await made.roomStore.settle(tx, operationId);
        await clusters.markReady(clusterId, tx);
        await tx('operations')
          .where({ id: operationId })
          .update({ status: 'succeeded' });
      });
    };
    const gone = async ({ clusterId }: Placed) => {
      await clusters.markDeleted(clusterId);
    };
    const deletions = new DeletionService({ clusters, knex, operations });
    return {
      ...stores,
      ...made,
      deletions,
      due,
      gone,
      hypervisor,
      log,
      order,
      ready,
      status,
      turns,
    };
  }
  type Placed = { clusterId: string; operationId: string };

  it('places at once when there is room, and queues what does not fit', async () => {
    const { clusters, due, log, order, status } = await setUp();
    const first = await order(3);
    expect(await status(first)).toBe('queued');
    const hosts = (await clusters.nodes(first.clusterId)).map(n => n.host);
    expect(hosts.sort()).toEqual(['pve1', 'pve1', 'pve2', 'pve3'].sort());

    const second = await order(2);
    expect(await status(second)).toBe('waiting');
    expect(await log(second)).toEqual([
      expect.stringContaining('Reserved'),
      expect.stringContaining('no host has enough free memory'),
    ]);
    const third = await order(1);
    expect(await status(third)).toBe('queued');
    // Nothing but what has its turn is for the engine.
    expect(await due()).toEqual([first.operationId, third.operationId]);
  });

  it('goes on by itself when room appears, once, and says where', async () => {
    const { admit, clusters, due, gone, log, order, status, turns } =
      await setUp().then(all => ({ ...all, admit: () => all.room.admit() }));
    const first = await order(4);
    const second = await order(4);
    await admit();
    expect(await status(second)).toBe('waiting');
    await gone(first);
    await Promise.all([admit(), admit(), admit()]);
    expect(await status(second)).toBe('queued');
    expect(turns).toEqual([second.clusterId]);
    expect(await due()).toContain(second.operationId);
    const said = (await log(second)).filter(m => m.startsWith('There is room'));
    expect(said).toHaveLength(1);
    for (const { name, host } of await clusters.nodes(second.clusterId))
      expect(said[0]).toContain(`${name} on ${host}`);
  });

  it('never promises more than the hosts have, however many order at once', async () => {
    const { knex, order, status } = await setUp();
    const placed = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        order(0, index % 2 ? student1 : student2),
      ),
    );
    const stati = await Promise.all(placed.map(status));
    expect(stati.filter(s => s === 'queued')).toHaveLength(6);
    expect(stati.filter(s => s === 'waiting')).toHaveLength(10);
    const granted = await knex('nodes as n')
      .join('room_requests as r', 'r.operation_id', 'n.operation_id')
      .where('r.state', 'granted')
      .groupBy('n.host')
      .select('n.host')
      .sum({ memory: 'n.memory_mib' });
    expect(granted.map(row => Number(row.memory))).toEqual([8192, 8192, 8192]);
  });

  it('counts machines of others, and ours by the records alone', async () => {
    const { hypervisor, order, ready, status } = await setUp();
    const GIB = 1024 ** 3;
    const running = (vmid: number, node: string) => ({
      vmid,
      node,
      status: 'running',
      memoryMax: 4 * GIB,
      memoryUsed: GIB,
    });
    // Somebody's own machine on each host.
    hypervisor.vms = async () =>
      [1, 2, 3].map(n => running(100 + n, `pve${n}`));
    const first = await order(2);
    expect(await status(first)).toBe('queued');
    expect(await status(await order(0))).toBe('waiting');
    // The same, when Proxmox shows ours too.
    await ready(first);
    hypervisor.vms = async () => [
      ...[1, 2, 3].map(n => running(100 + n, `pve${n}`)),
      running(20_000, 'pve1'),
    ];
    expect(await status(await order(0))).toBe('waiting');
  });

  it('counts nothing for machines of clusters that sleep, and all from when they wake', async () => {
    const { knex, order, ready, room, status } = await setUp();
    const first = await order(4);
    await ready(first);
    const is = async (phase: string, state: string) => {
      await knex('clusters').where({ id: first.clusterId }).update({ phase });
      await knex('nodes')
        .where({ cluster_id: first.clusterId })
        .update({ state });
    };
    const second = await order(4);
    for (const [phase, state] of [
      ['hibernating', 'running'],
      // Who stops there and wakes again does not ask for room.
      ['hibernating', 'stopped'],
      ['waking', 'stopped'],
      ['updating', 'stopped'],
    ]) {
      await is(phase, state);
      await room.admit();
      expect(await status(second)).toBe('waiting');
    }
    await is('hibernated', 'stopped');
    await room.admit();
    expect(await status(second)).toBe('queued');

    // Waking up needs room as well, on the hosts where the machines are.
    const nodes = await knex('nodes').where({ cluster_id: first.clusterId });
    await is('hibernated', 'stopped');
    const operationId = randomUUID();
    const view = await room.view();
    await knex.transaction(async tx => {
      await tx('operations').insert({
        id: operationId,
        cluster_id: first.clusterId,
        kind: 'wake',
        status: 'queued',
        initiator: student1,
        created_at: 2,
      });
      await room.enter(
        tx,
        {
          operationId,
          clusterId: first.clusterId,
          owner: student1,
          machines: nodes.map(node => ({
            node: node.name,
            role: node.role,
            memoryMiB: node.memory_mib,
            diskGiB: 0,
            host: node.host,
            clone: false,
          })),
        },
        view,
      );
    });
    expect(await status({ operationId })).toBe('waiting');
    await knex('clusters').where({ id: second.clusterId }).update({
      phase: 'hibernated',
    });
    await room.admit();
    expect(await status({ operationId })).toBe('queued');
    // Promised, though its machines are off.
    expect(await status(await order(4))).toBe('waiting');
  });

  it('lets as many clone at once as may, one owner after the other', async () => {
    const all = await setUp({ memoryGiB: 256, limits: { clonesAtOnce: 2 } });
    const { order, ready, room, roomStore, status } = all;
    const own = [
      await order(0),
      await order(0),
      await order(0),
      await order(0),
    ];
    const other = await order(0, student2);
    const stati = () => Promise.all([...own, other].map(status));
    const [q, w, s] = ['queued', 'waiting', 'succeeded'];
    expect(await stati()).toEqual([q, q, w, w, w]);
    expect(await roomStore.find(own[0].operationId)).toMatchObject({
      slots: 1,
    });
    await ready(own[0]);
    await room.admit();
    expect(await stati()).toEqual([s, q, w, w, q]);
    await ready(own[1]);
    await room.admit();
    expect(await stati()).toEqual([s, s, q, w, q]);
  });

  it('does not take the time of waiting from the lease', async () => {
    const { clusters, gone, knex, order, room } = await setUp();
    const first = await order(4);
    const second = await order(4);
    const expiresAt = async () =>
      (await clusters.get(second.clusterId))!.expiresAt;
    const before = await expiresAt();
    const HOUR = 3_600_000;
    await knex('room_requests')
      .where({ operation_id: second.operationId })
      .update({ queued_at: knex.raw('queued_at - ?', [HOUR]) });
    await gone(first);
    await room.admit();
    expect((await expiresAt()) - before).toBeGreaterThanOrEqual(HOUR);
    expect((await expiresAt()) - before).toBeLessThan(HOUR + 60_000);
  });

  it('says where something stands, to those who look and beforehand', async () => {
    const all = await setUp({ limits: { passableMs: 3_600_000 } });
    const { clusters, config, gone, operations, order, ready, room } = all;
    const preview = (workers: number, owner = student1) =>
      previewRoom(room, {
        environment: config.environments[0],
        owner,
        size: config.environments[0].sizes[0],
        workers,
      });
    const placeOf = async ({ operationId }: Placed) =>
      (await operations.get(operationId))!.queue;
    expect(await preview(4)).toEqual({});
    const first = await order(4);
    await ready(first);
    expect(await placeOf(first)).toBeUndefined();
    const second = await order(4);
    const third = await order(4, student2);
    // When the first one's time is over: then it goes to sleep.
    const start = (await clusters.get(first.clusterId))!.expiresAt;
    expect(await placeOf(third)).toEqual({
      position: 1,
      of: 2,
      reason: 'memory',
      start,
    });
    expect(await placeOf(second)).toMatchObject({ position: 2, of: 2 });
    expect((await operations.get(second.operationId))!.steps[1]).toMatchObject({
      status: 'pending',
      progress: {
        message: expect.stringMatching(/^Waits for room: number 2 of 2, /),
      },
    });
    expect(await preview(4, student2)).toEqual({
      queue: { position: 3, of: 3, reason: 'memory', start: undefined },
    });
    expect(await preview(0)).toEqual({});
    expect(await preview(6)).toEqual({
      problem: expect.objectContaining({
        code: 'KUBESMITH-WORKERS-NEVER-FIT',
      }),
    });

    await gone(first);
    await room.admit();
    expect(await placeOf(third)).toBeUndefined();
    expect((await operations.get(third.operationId))!.steps[1].progress).toBe(
      undefined,
    );
    expect(await placeOf(second)).toMatchObject({ position: 1, of: 1 });
    all.hypervisor.down = true;
    const later = Date.now() + 6_000;
    const clock = jest.spyOn(performance, 'now').mockReturnValue(later);
    expect(await preview(4)).toEqual({});
    clock.mockRestore();
  });

  describe('estimates by the time of the cluster that is in the way:', () => {
    const HOUR = 3_600_000;
    const WEEK = 7 * 24 * HOUR;
    const setUpFull = async () => {
      const all = await setUp();
      const { knex, order, ready, roomStore, room } = all;
      const first = await order(4);
      await ready(first);
      const asked = { ...(await order(4)), owner: student1 };
      const set = (phase: string, expiresAt: number) =>
        knex('clusters')
          .where({ id: first.clusterId })
          .update({ phase, expires_at: expiresAt });
      /** Its time is over since an hour. */
      const end = (now: number) =>
        knex('lease_ends').insert({
          cluster_id: first.clusterId,
          noticed_at: now - HOUR,
          delete_at: now + WEEK - HOUR,
        });
      const hold = (now: number) =>
        knex('lease_holds').insert({
          cluster_id: first.clusterId,
          reason: 'Thesis',
          held_by: student1,
          held_at: now,
        });
      const start = async () => {
        // It is not estimated anew within some seconds.
        await knex('room_requests')
          .where({ operation_id: asked.operationId })
          .update({ position: null });
        await room.announce([]);
        return (await all.operations.get(asked.operationId))!.queue!.start;
      };
      const { now } = await roomStore.read();
      return { ...all, end, first, hold, now, set, start };
    };
    type Full = Awaited<ReturnType<typeof setUpFull>>;
    const soon = (start: number | undefined, { now }: Full) => {
      expect(start).toBeGreaterThanOrEqual(now);
      expect(start).toBeLessThan(now + 10 * 60_000);
    };

    it('one that is ready sleeps when its time is over', async () => {
      const full = await setUpFull();
      const { end, now, set, start } = full;
      await set('ready', now + HOUR);
      expect(await start()).toBe(now + HOUR);
      // Its time is over, and it is about to be sent to sleep.
      await set('ready', now - HOUR);
      soon(await start(), full);
      await end(now);
      soon(await start(), full);
      await set('hibernating', now - HOUR);
      soon(await start(), full);
    });

    it('one that could not be sent to sleep keeps its room until it is deleted', async () => {
      const { end, first, knex, now, operations, set, start } =
        await setUpFull();
      await set('ready', now - HOUR);
      await end(now);
      const id = randomUUID();
      await knex.transaction(tx =>
        operations.insert(tx, {
          id,
          clusterId: first.clusterId,
          kind: 'hibernate',
          initiator: PLATFORM,
          requestKey: powerKeys.leaseEnd(first.clusterId, now - HOUR),
        }),
      );
      await knex('operations').where({ id }).update({ status: 'failed' });
      expect(await start()).toBe(now + WEEK - HOUR);
    });

    it.each(['failed', 'needs-attention', 'provisioning'])(
      'one in phase %s keeps its room for the grace too',
      async phase => {
        const { end, now, set, start } = await setUpFull();
        await set(phase, now + HOUR);
        expect(await start()).toBe(now + HOUR + WEEK);
        await set(phase, now - HOUR);
        await end(now);
        expect(await start()).toBe(now + WEEK - HOUR);
      },
    );

    it('nobody knows of one that does not expire', async () => {
      const full = await setUpFull();
      const { hold, now, set, start } = full;
      await set('ready', now - HOUR);
      await hold(now);
      expect(await start()).toBeUndefined();
      // Somebody sends it to sleep all the same.
      await set('hibernating', now - HOUR);
      soon(await start(), full);
    });
  });

  it('forgets what is deleted or cancelled while it waits', async () => {
    const { deletions, due, gone, operations, order, room, status } =
      await setUp();
    const first = await order(4);
    const second = await order(4);
    const third = await order(3, student2);
    const deletion = await deletions.request({
      clusterId: second.clusterId,
      initiator: student1,
    });
    // The engine ends what is to be cancelled, then deletes.
    expect(await due()).toContain(second.operationId);
    await gone(first);
    await room.admit();
    expect(await status(second)).toBe('waiting');
    expect(await status(third)).toBe('queued');
    expect((await operations.get(deletion))!.status).toBe('queued');
  });

  it('asks for room again when an operation is retried, and cannot be hurried', async () => {
    const { knex, operations, order, room, status } = await setUp();
    const first = await order(4);
    const end = (id: string) =>
      knex('operations').where({ id }).update({ status: 'failed' });
    await end(first.operationId);
    // What failed promises nothing.
    const second = await order(4);
    expect(await status(second)).toBe('queued');
    await operations.retry(first.operationId);
    expect(await status(first)).toBe('waiting');
    await room.admit();
    expect(await status(first)).toBe('waiting');
    await expect(operations.retry(first.operationId)).rejects.toThrow(
      'it waits for room',
    );
    await end(second.operationId);
    await room.admit();
    expect(await status(first)).toBe('queued');
  });

  describe('of an operation that ended half-way', () => {
    /** An operation that was recorded after the others, and asks for room. */
    async function begin(
      all: Awaited<ReturnType<typeof setUp>>,
      clusterId: string,
      kind: 'resize' | 'scale' | 'wake',
      machines: MachineNeed[],
    ) {
      const operationId = randomUUID();
      const view = await all.room.view();
      await all.knex.transaction(async tx => {
        await all.operations.insert(tx, {
          id: operationId,
          clusterId,
          kind,
          initiator: student1,
        });
        await all.room.enter(
          tx,
          { operationId, clusterId, owner: student1, machines },
          view,
        );
      });
      return { clusterId, operationId };
    }
    const end = (
      { knex }: Awaited<ReturnType<typeof setUp>>,
      { operationId }: Placed,
    ) =>
      knex('operations')
        .where({ id: operationId })
        .update({ status: 'failed', finished_at: 1 });
    const promisedGiB = async ({
      roomStore,
    }: Awaited<ReturnType<typeof setUp>>) =>
      (await roomStore.read()).promised.reduce(
        (sum, { memoryMiB }) => sum + memoryMiB / 1024,
        0,
      );

    it('asks for the rest of a resize, and counts nothing twice meanwhile', async () => {
      // Each host has 9 GiB for machines: one of 8 fits, and no 4 more.
      const all = await setUp({ memoryGiB: 10 });
      const { clusters, knex, operations, order, ready, status } = all;
      const cluster = await order(2);
      await ready(cluster);
      const nodes = await clusters.nodes(cluster.clusterId);
      const target = { vcpu: 4, memoryMiB: 8192, diskGiB: 20 };
      await knex.transaction(async tx => {
        for (const { name } of nodes)
          await clusters.wantSize(tx, cluster.clusterId, name, target);
      });
      const resize = await begin(
        all,
        cluster.clusterId,
        'resize',
        nodes.map(({ host, memoryMiB, name, role }) => ({
          node: name,
          role,
          host,
          memoryMiB: target.memoryMiB - memoryMiB,
          diskGiB: 0,
          clone: false,
        })),
      );
      expect(await status(resize)).toBe('queued');
      expect(await promisedGiB(all)).toBe(24);
      await knex.transaction(tx =>
        clusters.settleSize(tx, cluster.clusterId, nodes[0].name),
      );
      expect(await promisedGiB(all)).toBe(24);
      await end(all, resize);
      expect(await promisedGiB(all)).toBe(16);
      await operations.retry(resize.operationId);
      await all.room.admit();
      expect(await status(resize)).toBe('queued');
      expect(await promisedGiB(all)).toBe(24);
      // Nothing is left of it to wait for.
      await knex.transaction(async tx => {
        for (const { name } of nodes)
          await clusters.settleSize(tx, cluster.clusterId, name);
      });
      await end(all, resize);
      await operations.retry(resize.operationId);
      expect(await status(resize)).toBe('queued');
      expect(await promisedGiB(all)).toBe(24);
    });

    it('asks for the memory of a cluster that wakes only while it sleeps', async () => {
      const all = await setUp({ memoryGiB: 5 });
      const { clusters, knex, operations, order, ready, status } = all;
      const cluster = await order(2);
      await ready(cluster);
      await knex('clusters').update({ phase: 'hibernated' });
      const nodes = await clusters.nodes(cluster.clusterId);
      const wake = await begin(
        all,
        cluster.clusterId,
        'wake',
        nodes.map(({ host, memoryMiB, name, role }) => ({
          node: name,
          role,
          host,
          memoryMiB,
          diskGiB: 0,
          clone: false,
        })),
      );
      expect(await promisedGiB(all)).toBe(12);
      // Its first step began, and ended before it noted anything.
      await knex('clusters').update({ phase: 'waking' });
      expect(await promisedGiB(all)).toBe(12);
      await knex('clusters').update({ phase: 'failed' });
      await end(all, wake);
      await operations.retry(wake.operationId);
      expect(await status(wake)).toBe('queued');
      expect(await promisedGiB(all)).toBe(12);
      // Stopped before it began, it sleeps, and asks for everything.
      await knex('clusters').update({ phase: 'hibernated' });
      await end(all, wake);
      expect(await promisedGiB(all)).toBe(0);
      await operations.retry(wake.operationId);
      await all.room.admit();
      expect(await status(wake)).toBe('queued');
      expect(await promisedGiB(all)).toBe(12);
    });

    it('promises room to machines that an earlier operation never made', async () => {
      const all = await setUp({ memoryGiB: 5 });
      const { clusters, knex, operations, order, ready, status } = all;
      const cluster = await order(2);
      await ready(cluster);
      const [, , last] = await clusters.nodes(cluster.clusterId);
      await knex('nodes').where({ id: last.id }).update({ state: 'planned' });
      expect(await promisedGiB(all)).toBe(8);
      const scale = await begin(all, cluster.clusterId, 'scale', [
        {
          node: last.name,
          role: 'worker',
          memoryMiB: last.memoryMiB,
          diskGiB: last.diskGiB,
          clone: true,
        },
      ]);
      expect(await status(scale)).toBe('queued');
      expect((await all.roomStore.read()).promised).toContainEqual(
        expect.objectContaining({
          vmid: last.vmid,
          memoryMiB: 4096,
          diskGiB: last.diskGiB,
          clone: true,
        }),
      );
      // So nobody else gets it.
      const other = await order(0, student2);
      expect(await status(other)).toBe('waiting');
      await end(all, scale);
      await all.room.admit();
      expect(await status(other)).toBe('queued');
      await operations.retry(scale.operationId);
      await all.room.admit();
      expect(await status(scale)).toBe('waiting');
      await end(all, other);
      await all.room.admit();
      expect(await status(scale)).toBe('queued');
      // Once it is there, it counts as what it is.
      await knex('nodes').where({ id: last.id }).update({ state: 'created' });
      expect(await promisedGiB(all)).toBe(12);
    });
  });

  it('refuses only what never fits', async () => {
    const { order } = await setUp();
    await expect(order(6)).rejects.toMatchObject({
      problems: [
        {
          field: 'workers',
          code: 'KUBESMITH-WORKERS-NEVER-FIT',
          message: expect.stringContaining('6 workers'),
        },
      ],
    });
    const small = await setUp({ memoryGiB: 4 });
    await expect(small.order(0)).rejects.toMatchObject({
      problems: [{ field: 'size', code: 'KUBESMITH-SIZE-NEVER-FITS' }],
    });
    // A host that is away may be larger.
    const partly = await setUp({ memoryGiB: 4 });
    partly.hypervisor.online = ['pve1', 'pve2'];
    expect(await partly.status(await partly.order(0))).toBe('waiting');
  });
});
