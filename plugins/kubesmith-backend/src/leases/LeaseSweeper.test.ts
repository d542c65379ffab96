import { randomUUID } from 'node:crypto';
import { createTestDatabases } from '../__testUtils__/databases';
import { RoomStore } from '../capacity/RoomStore';
import { DAY_MS, HOUR_MS } from '../time';
import { leaseBench } from './__testUtils__/leaseBench';
import { PLATFORM } from './records';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const MINUTE_MS = 60_000;

describe.each(databases.eachSupportedId())('LeaseSweeper on %s', databaseId => {
  const setUp = async () => leaseBench(await databases.init(databaseId));

  it('warns the owner a week, a day and an hour before, each once', async () => {
    const { order, run, sent, titles } = await setUp();
    const id = await order(10 * DAY_MS);

    await run(2 * DAY_MS);
    expect(titles()).toEqual([]);
    await run(7 * DAY_MS);
    expect(titles()).toEqual([
      'The cluster demo expires in 7 days',
      expect.stringMatching(/^The cluster demo expires in 2[34] hours$/),
    ]);
    await run(23.5 * HOUR_MS, 30 * MINUTE_MS);
    expect(titles().slice(2)).toEqual(['The cluster demo expires in 1 hour']);
    expect(sent[0]).toMatchObject({
      recipients: { type: 'entity', entityRef: 'user:default/ada' },
      payload: {
        link: '/catalog/kubesmith/resource/research.demo',
        scope: expect.stringContaining(`${id}:lease:week:`),
      },
    });
  });

  it('warns once, however many replicas look at the same moment, and after restarts', async () => {
    const { order, pass, startReplica, sweep, titles } = await setUp();
    await order(8 * DAY_MS);
    await sweep();
    pass(DAY_MS + MINUTE_MS);
    const replicas = [1, 2, 3, 4].map(() => startReplica());
    await Promise.all(replicas.map(replica => replica.sweep()));
    await startReplica().sweep();
    expect(titles()).toEqual(['The cluster demo expires in 7 days']);
  });

  it('does not send a warning that was over when the cluster was ordered or extended', async () => {
    const { order, run, service, titles } = await setUp();
    const id = await order(3 * DAY_MS);
    await run(DAY_MS);
    expect(titles()).toEqual([]);
    await service.extend(id, { days: 5 }, 'user:default/ada');
    await run(3.5 * DAY_MS);
    expect(titles()).toEqual([]);
    await run(DAY_MS);
    expect(titles()).toEqual([
      expect.stringMatching(/^The cluster demo expires in 2[34] hours$/),
    ]);
  });

  it('sends only the most urgent warning after it was away', async () => {
    const { order, pass, run, sweep, titles } = await setUp();
    await order(8 * DAY_MS);
    await sweep();
    pass(7.5 * DAY_MS);
    await sweep();
    await run(HOUR_MS);
    expect(titles()).toEqual(['The cluster demo expires in 12 hours']);
  });

  it('sends a warning again later when nobody took it', async () => {
    const { order, pass, post, run, sweep, titles } = await setUp();
    await order(8 * DAY_MS);
    await sweep();
    post.isAway = true;
    pass(DAY_MS + MINUTE_MS);
    await sweep();
    await sweep();
    post.isAway = false;
    await sweep();
    expect(titles()).toEqual([]);
    await run(10 * MINUTE_MS, MINUTE_MS);
    expect(titles()).toEqual(['The cluster demo expires in 7 days']);
  });

  describe('of an order that waits for room', () => {
    /** As the order of a cluster, or a later operation of it, that the hosts have no room for. */
    const wait = async (
      { knex, operations }: Awaited<ReturnType<typeof setUp>>,
      clusterId: string,
    ) => {
      const [{ id: operationId }] = await operations.list(clusterId);
      const request = { operationId, clusterId, owner: '', machines: [] };
      await knex.transaction(tx => new RoomStore(knex).enqueue(tx, request));
    };

    it('warns nobody, and does not end it before its turn', async () => {
      const bench = await setUp();
      const { clock, clusters, knex, leases, order, run, titles } = bench;
      const id = await order(2 * HOUR_MS);
      await clusters.update(id, { phase: 'reserved' });
      await wait(bench, id);
      await run(3 * HOUR_MS, 30 * MINUTE_MS);
      expect(titles()).toEqual([]);
      expect(await leases.end(id)).toBeUndefined();

      // Its turn: what it waited is given back.
      await knex('room_requests').update({ state: 'granted' });
      await knex('clusters').update({ expires_at: clock.database + HOUR_MS });
      await run(HOUR_MS, 30 * MINUTE_MS);
      expect(titles().at(-1)).toBe('The cluster demo has expired');
    });

    it('does not delete it for an end that was noted before', async () => {
      const bench = await setUp();
      const { clusters, knex, order, phase, run, sweep } = bench;
      const id = await order(HOUR_MS);
      await clusters.update(id, { phase: 'reserved' });
      await run(2 * HOUR_MS);
      await knex('lease_ends').update({ delete_at: 1 });
      await wait(bench, id);
      await sweep();
      expect(await phase(id)).toBe('reserved');
    });

    it('gives it its whole grace when it waits no more, and had no turn', async () => {
      const bench = await setUp();
      const { clock, clusters, knex, leases, order, run, sweep } = bench;
      const id = await order(HOUR_MS);
      await clusters.update(id, { phase: 'reserved' });
      await wait(bench, id);
      await run(3 * HOUR_MS);
      await knex('operations').update({ status: 'cancelled' });
      await sweep();
      expect((await leases.end(id))!.deleteAt).toBe(
        clock.database + 7 * DAY_MS,
      );
    });

    it('goes by the time of a cluster that there is already', async () => {
      const bench = await setUp();
      const { order, run, titles } = bench;
      const id = await order(2 * HOUR_MS);
      await wait(bench, id);
      await run(2 * HOUR_MS, 30 * MINUTE_MS);
      expect(titles()).toEqual([
        'The cluster demo expires in 1 hour',
        'The cluster demo has expired',
      ]);
    });
  });

  describe('of a cluster that was given to somebody else', () => {
    it('tells the new owner what the old one was told, the most urgent only', async () => {
      const bench = await setUp();
      const { give, knex, leases, order, run, sent, sweep, titles } = bench;
      const id = await order(25 * HOUR_MS);
      await knex('clusters').update({ created_at: 1 });
      await run(2 * HOUR_MS, HOUR_MS / 2);
      expect((await leases.sentNotices(id)).map(({ kind }) => kind)).toEqual([
        'week',
        'day',
      ]);
      await give(id, 'user:default/bob');
      expect(await leases.sentNotices(id)).toEqual([]);
      await sweep();
      await sweep();
      expect(titles().slice(2)).toEqual([
        'The cluster demo expires in 23 hours',
      ]);
      expect(sent[2].recipients.entityRef).toBe('user:default/bob');
    });

    it('tells the new owner that it is about to be deleted', async () => {
      const bench = await setUp();
      const { clock, give, knex, order, run, sent, settle, sweep } = bench;
      const id = await order(HOUR_MS);
      await run(2 * HOUR_MS);
      await settle();
      await knex('lease_ends').update({
        noticed_at: clock.database - 6 * DAY_MS,
        delete_at: clock.database + DAY_MS / 2,
      });
      await sweep();
      await give(id, 'user:default/bob');
      await sweep();
      await sweep();
      expect(
        sent
          .slice(-2)
          .map(({ payload, recipients }) => [
            recipients.entityRef,
            payload.title,
          ]),
      ).toEqual(
        ['user:default/ada', 'user:default/bob'].map(owner => [
          owner,
          'The cluster demo is about to be deleted',
        ]),
      );
    });
  });

  it('keeps an expired cluster for the grace, says when it is deleted, and deletes it as the platform', async () => {
    const bench = await setUp();
    const { audited, deleted, leases, operations, order, phase } = bench;
    const { clock, knex, run, sweep, titles } = bench;
    const id = await order(2 * HOUR_MS);
    await run(2 * HOUR_MS, 30 * MINUTE_MS);
    const end = (await leases.end(id))!;
    expect(end.deleteAt).toBe(clock.database + 7 * DAY_MS);
    expect(titles()).toEqual([
      'The cluster demo expires in 1 hour',
      'The cluster demo has expired',
    ]);
    expect(bench.sent[1].payload.description).toMatch(
      /deleted with everything on it in 7 days/,
    );

    await run(7 * DAY_MS - 2 * MINUTE_MS);
    expect(await phase(id)).toBe('ready');
    expect(titles().slice(2)).toEqual([
      'The cluster demo is about to be deleted',
    ]);
    await run(2 * MINUTE_MS, MINUTE_MS);
    await sweep();

    expect(await phase(id)).toBe('deleting');
    expect(deleted).toEqual([id]);
    const [remove] = await operations.list(id);
    expect(remove).toMatchObject({
      kind: 'delete',
      initiator: PLATFORM,
      input: { reason: expect.stringMatching(/^Expired on/) },
    });
    expect(audited).toEqual([
      expect.objectContaining({ noun: 'cluster', verb: 'hibernate' }),
      expect.objectContaining({ noun: 'cluster', verb: 'expire' }),
    ]);
    expect(titles().slice(3)).toEqual(['The cluster demo is being deleted']);
    const { archive } = await knex('cluster_archives')
      .where({ cluster_id: id })
      .first();
    expect(JSON.parse(archive)).toMatchObject({
      name: 'demo',
      owner: 'user:default/ada',
      spec: { kubernetesVersion: '1.36.3' },
      nodes: [{ name: 'demo-cp-1', ipAddress: '10.41.0.11', host: 'pve1' }],
      deletion: { initiator: PLATFORM },
    });
  });

  it('has a cluster sleep for the grace, once, and deletes it in its sleep', async () => {
    const { kinds, operations, order, phase, run, settle, sweep } =
      await setUp();
    const id = await order(HOUR_MS);
    await run(HOUR_MS);
    await sweep();
    expect(await kinds(id)).toEqual(['hibernate', 'create']);
    expect((await operations.list(id))[0]).toMatchObject({
      initiator: PLATFORM,
      input: { reason: expect.stringMatching(/^Expired on/) },
    });
    await settle();
    await run(6 * DAY_MS);
    expect(await phase(id)).toBe('hibernated');
    expect(await kinds(id)).toEqual(['hibernate', 'create']);
    await run(DAY_MS + HOUR_MS);
    expect(await phase(id)).toBe('deleting');
    expect(await kinds(id)).toEqual(['delete', 'hibernate', 'create']);
  });

  it('waits for what is done with a cluster before it sleeps', async () => {
    const { kinds, knex, order, run, sweep } = await setUp();
    const id = await order(HOUR_MS);
    await knex('operations').where({ cluster_id: id }).update({
      status: 'running',
    });
    await run(HOUR_MS);
    expect(await kinds(id)).toEqual(['create']);
    await knex('operations').where({ cluster_id: id }).update({
      status: 'succeeded',
    });
    await sweep();
    expect(await kinds(id)).toEqual(['hibernate', 'create']);
  });

  it('deletes a cluster that could not be sent to sleep, and tries that once', async () => {
    const { kinds, order, phase, run, settle } = await setUp();
    const id = await order(HOUR_MS);
    await run(HOUR_MS);
    await settle('failed');
    await run(7 * DAY_MS + HOUR_MS);
    expect(await phase(id)).toBe('deleting');
    expect(await kinds(id)).toEqual(['delete', 'hibernate', 'create']);
  });

  it.each(['extended', 'held'] as const)(
    'wakes a cluster that is %s while it sleeps, and not before',
    async saved => {
      const bench = await setUp();
      const { kinds, order, phase, run, service, settle, sweep } = bench;
      const id = await order(HOUR_MS);
      await run(HOUR_MS);
      await settle();
      await expect(
        bench.power.begin({
          kind: 'wake',
          clusterId: id,
          requestKey: 'by-hand',
          reason: '',
          isWanted: () => true,
        }),
      ).resolves.toMatchObject({
        outcome: 'refused',
        why: expect.stringContaining('Extend it'),
      });
      if (saved === 'extended')
        await service.extend(id, { days: 5 }, 'user:default/ada');
      else await service.hold(id, { reason: 'Thesis' }, 'user:default/bob');
      await sweep();
      await sweep();
      expect(await kinds(id)).toEqual(['wake', 'hibernate', 'create']);
      await settle();
      await run(4 * DAY_MS);
      expect(await phase(id)).toBe('ready');
    },
  );

  it.each(['transfer', 'snapshot', 'remove-snapshot'] as const)(
    'wakes a cluster that is extended after a %s in its sleep',
    async kind => {
      const bench = await setUp();
      const { give, kinds, knex, operations, order, run, service } = bench;
      const id = await order(HOUR_MS);
      await run(HOUR_MS);
      await bench.settle();
      if (kind === 'transfer') await give(id, 'user:default/bob');
      else {
        const operationId = randomUUID();
        await knex.transaction(tx =>
          operations.insert(tx, {
            id: operationId,
            clusterId: id,
            kind,
            initiator: 'user:default/ada',
          }),
        );
        await knex('operations')
          .where({ id: operationId })
          .update({ status: 'succeeded' });
      }
      await knex('operations')
        .whereNot({ kind })
        .update({ created_at: knex.raw('created_at - 1000') });
      await service.extend(id, { days: 5 }, 'user:default/ada');
      await bench.sweep();
      expect(await kinds(id)).toEqual(['wake', kind, 'hibernate', 'create']);
    },
  );

  it('does not wake what a person woke, and sent to sleep again', async () => {
    const bench = await setUp();
    const { kinds, knex, order, run, service, settle, sweep } = bench;
    const id = await order(HOUR_MS);
    await run(HOUR_MS);
    await settle();
    await service.extend(id, { days: 5 }, 'user:default/ada');
    await sweep();
    await settle();
    await knex('operations').update({
      created_at: knex.raw('created_at - 1000'),
    });
    await bench.power.begin({
      kind: 'hibernate',
      clusterId: id,
      requestKey: 'by-hand',
      reason: 'Over the weekend',
      isWanted: () => true,
    });
    await settle();
    await sweep();
    expect((await kinds(id))[0]).toBe('hibernate');
  });

  it('does not wake what a person sent to sleep', async () => {
    const bench = await setUp();
    const { kinds, order, run, service, settle } = bench;
    const id = await order(DAY_MS);
    await bench.power.begin({
      kind: 'hibernate',
      clusterId: id,
      requestKey: 'by-hand',
      reason: 'Over the weekend',
      isWanted: () => true,
    });
    await settle();
    await service.extend(id, { days: 5 }, 'user:default/ada');
    await run(DAY_MS);
    expect(await kinds(id)).toEqual(['hibernate', 'create']);
  });

  it('deletes once, however many replicas look at the same moment', async () => {
    const { deleted, operations, order, pass, run, startReplica } =
      await setUp();
    const id = await order(HOUR_MS);
    await run(7 * DAY_MS + HOUR_MS - MINUTE_MS);
    pass(HOUR_MS);
    await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const replica = startReplica();
        await replica.sweep();
      }),
    );
    expect(deleted).toContain(id);
    const kinds = (await operations.list(id)).map(({ kind }) => kind);
    expect(kinds.filter(kind => kind === 'delete')).toHaveLength(1);
  });

  it('gives a cluster that expired long ago its whole grace, as after an update of the portal', async () => {
    const { knex, leases, order, phase, run, sweep, clock } = await setUp();
    const id = await order(HOUR_MS);
    await knex('clusters')
      .where({ id })
      .update({ created_at: 1, expires_at: clock.database - 300 * DAY_MS });
    await sweep();
    expect(await phase(id)).toBe('ready');
    expect((await leases.end(id))!.deleteAt).toBe(clock.database + 7 * DAY_MS);
    await run(6.9 * DAY_MS);
    expect(await phase(id)).toBe('ready');
  });

  it('lets an extension in the last moment win', async () => {
    const { clock, order, phase, run, service, sweep, leases } = await setUp();
    const id = await order(HOUR_MS);
    await run(7 * DAY_MS + HOUR_MS - MINUTE_MS);
    clock.database += 2 * HOUR_MS;
    clock.monotonic += 2 * HOUR_MS;
    const [extended] = await Promise.allSettled([
      service.extend(id, { days: 1 }, 'user:default/ada'),
      sweep(),
    ]);
    await sweep();
    // Whoever was first: either it lives with its new end, or the extension was refused. Never both.
    const answer =
      extended.status === 'fulfilled' ? 'extended' : extended.reason.code;
    expect([
      ['ready', undefined, 'extended'],
      ['deleting', expect.anything(), 'KUBESMITH-CLUSTER-ENDING'],
    ]).toContainEqual([await phase(id), await leases.end(id), answer]);
  });

  it('looks again, in the transaction, at a cluster that it is about to delete', async () => {
    const bench = await setUp();
    const { deletions, order, phase, run, service } = bench;
    const id = await order(HOUR_MS);
    await run(7 * DAY_MS + HOUR_MS - MINUTE_MS);
    const { requestIf } = deletions;
    jest
      .spyOn(deletions, 'requestIf')
      .mockImplementation(async (deletion, isWanted) => {
        await service.extend(id, { days: 1 }, 'user:default/ada');
        return requestIf.call(deletions, deletion, isWanted);
      });
    await run(HOUR_MS);
    expect(deletions.requestIf).toHaveBeenCalled();
    expect(await phase(id)).toBe('ready');
  });

  it('keeps clusters that are held, and gives them their whole grace afterwards', async () => {
    const { clock, leases, order, phase, run, service, titles } = await setUp();
    const id = await order(2 * DAY_MS);
    await service.hold(id, { reason: 'Thesis' }, 'user:default/staff');
    await run(10 * DAY_MS);
    expect(await phase(id)).toBe('ready');
    expect(titles()).toEqual([]);

    await service.release(id, 'user:default/staff');
    await run(MINUTE_MS);
    expect((await leases.end(id))!.deleteAt).toBe(clock.database + 7 * DAY_MS);
    expect(titles()).toEqual(['The cluster demo has expired']);
    await run(7 * DAY_MS);
    expect(await phase(id)).toBe('deleting');
  });

  it('ends a hold by itself at its time', async () => {
    const { clock, order, phase, run, service } = await setUp();
    const id = await order(DAY_MS);
    await service.hold(
      id,
      { reason: 'Exam', until: clock.database + 5 * DAY_MS },
      'user:default/staff',
    );
    await run(11.9 * DAY_MS);
    expect(await phase(id)).toBe('ready');
    await run(DAY_MS);
    expect(await phase(id)).toBe('deleting');
  });

  it('leaves clusters alone that a person has to look at, and those of an environment that nobody knows', async () => {
    const { clusters, known, logger, order, phase, run } = await setUp();
    const doubtful = await order(HOUR_MS);
    await clusters.update(doubtful, { phase: 'needs-attention' });
    await run(9 * DAY_MS);
    expect(await phase(doubtful)).toBe('needs-attention');

    known.environment = false;
    const homeless = await order(HOUR_MS, 'other');
    await run(9 * DAY_MS);
    expect(await phase(homeless)).toBe('ready');
    expect(logger.warn).toHaveBeenCalledWith(
      expect.stringContaining("environment 'research'"),
    );
  });

  it('deletes nothing while a restored database is not accepted', async () => {
    const { knex, order, phase, run } = await setUp();
    const id = await order(HOUR_MS);
    await knex('database_generation').update({ restore_state: 'compared' });
    await run(9 * DAY_MS);
    expect(await phase(id)).toBe('ready');
    await knex('database_generation').update({ restore_state: null });
    await run(HOUR_MS);
    expect(await phase(id)).toBe('deleting');
  });

  describe('when the database’s clock jumps ahead', () => {
    it('deletes nothing, warns nobody of an end, and shouts', async () => {
      const { clock, logger, order, phase, run, sent, titles } = await setUp();
      const inGrace = await order(HOUR_MS, 'old');
      const young = await order(60 * DAY_MS, 'young');
      await run(2 * HOUR_MS);
      const before = titles().length;

      clock.database += 365 * DAY_MS;
      await run(23 * HOUR_MS);

      expect(await phase(inGrace)).toBe('ready');
      expect(await phase(young)).toBe('ready');
      expect(logger.error).toHaveBeenCalledWith(
        expect.stringMatching(/^KUBESMITH-CLOCK-JUMPED: .*ahead by 8760 hours/),
      );
      expect(sent.slice(before)).toEqual([
        expect.objectContaining({
          recipients: {
            type: 'entity',
            entityRef: ['group:default/administrators'],
          },
        }),
      ]);
    });

    it('is as before when the clock is put back', async () => {
      const { clock, leases, order, phase, run, titles } = await setUp();
      const id = await order(10 * DAY_MS);
      await run(2 * HOUR_MS);
      clock.database += 365 * DAY_MS;
      await run(3 * HOUR_MS);
      clock.database -= 365 * DAY_MS;
      await run(2 * DAY_MS);
      expect(await phase(id)).toBe('ready');
      expect(await leases.end(id)).toBeUndefined();
      await run(DAY_MS);
      expect(titles()).toContain('The cluster demo expires in 7 days');
    });

    it('believes the clock after a day, and still gives the whole grace', async () => {
      const { clock, order, phase, run, sent } = await setUp();
      const inGrace = await order(HOUR_MS, 'old');
      const young = await order(60 * DAY_MS, 'young');
      await run(2 * HOUR_MS);
      clock.database += 365 * DAY_MS;
      await run(27 * HOUR_MS);
      expect(sent.at(-1)!.payload.title).toMatch(/has expired$/);
      await run(5 * DAY_MS);
      expect([await phase(inGrace), await phase(young)]).toEqual([
        'ready',
        'ready',
      ]);
      await run(3 * DAY_MS);
      expect([await phase(inGrace), await phase(young)]).toEqual([
        'deleting',
        'deleting',
      ]);
    });

    it('puts deletions off by the pause, when nobody can tell a jump from a portal that was down', async () => {
      const { clock, order, phase, run, startReplica, leases } = await setUp();
      const id = await order(HOUR_MS);
      await run(2 * HOUR_MS);
      const { deleteAt } = (await leases.end(id))!;
      clock.database += 30 * DAY_MS;
      await startReplica().sweep();
      expect(await phase(id)).toBe('ready');
      const late = (await leases.end(id))!.deleteAt;
      expect(late - deleteAt).toBe(30 * DAY_MS);
    });
  });
});
