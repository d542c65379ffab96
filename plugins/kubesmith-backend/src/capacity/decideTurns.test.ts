import { type QueueState, decideTurns } from './decideTurns';
import { fairOrder } from './fairOrder';
import type { MachineNeed, RoomRequest } from './records';

const GIB = 1024;
const HOUR = 3_600_000;
const SITE = {
  hosts: ['pve1'],
  datastore: 'ssd',
  templateVmid: 9000,
  graceMs: 0,
};

function request(
  operationId: string,
  more: Partial<RoomRequest> & { machines?: MachineNeed[] } = {},
): RoomRequest {
  return {
    operationId,
    clusterId: `cluster-${operationId}`,
    owner: 'user:default/a',
    environment: 'course',
    machines: [machine(4)],
    queuedAt: 0,
    ...more,
  };
}

function machine(memoryGiB: number, node = 'cp-1'): MachineNeed {
  return {
    node,
    role: 'worker',
    memoryMiB: memoryGiB * GIB,
    diskGiB: 0,
    clone: true,
  };
}

function state(
  waiting: RoomRequest[],
  more: Partial<QueueState> & { freeGiB?: number } = {},
): QueueState {
  const { freeGiB = 64, ...rest } = more;
  return {
    now: HOUR,
    hosts: [
      {
        name: 'pve1',
        online: true,
        totalMiB: 64 * GIB,
        freeMiB: freeGiB * GIB,
        clones: 0,
        storages: new Map(),
      },
    ],
    waiting,
    sites: new Map([['course', SITE]]),
    clones: new Map(),
    lastServed: new Map(),
    limits: {
      clonesAtOnce: 4,
      memoryReserveMiB: 0,
      memoryOvercommit: 1,
      storageReserve: 0,
      passableMs: 24 * HOUR,
    },
    ...rest,
  };
}

const turnsOf = (given: QueueState) =>
  decideTurns(given).turns.map(turn => [turn.request.operationId, turn.slots]);
const waitsOf = (given: QueueState) =>
  decideTurns(given).waiting.map(({ request: { operationId }, reason }) => [
    operationId,
    reason,
  ]);

describe('fairOrder', () => {
  it('lets owners take turns, the one first whose last turn is longest ago', () => {
    const waiting = [
      request('a1', { queuedAt: 1 }),
      request('a2', { queuedAt: 2 }),
      request('a3', { queuedAt: 3 }),
      request('b1', { queuedAt: 4, owner: 'b' }),
      request('c1', { queuedAt: 5, owner: 'c' }),
      request('b2', { queuedAt: 6, owner: 'b' }),
    ];
    const ids = (served: Array<[string, number]>) =>
      fairOrder(waiting, new Map(served)).map(({ operationId }) => operationId);
    expect(ids([])).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    expect(
      ids([
        ['user:default/a', 20],
        ['b', 10],
      ]),
    ).toEqual(['c1', 'b1', 'a1', 'b2', 'a2', 'a3']);
  });
});

describe('decideTurns', () => {
  it('gives clones out up to the limit, of which others have some already', () => {
    const two = [machine(1, 'cp-1'), machine(1, 'w-1')];
    const waiting = [
      request('1', { machines: two, queuedAt: 1 }),
      request('2', { machines: two, queuedAt: 2 }),
      request('3', { machines: two, queuedAt: 3 }),
    ];
    const given = state(waiting, { clones: new Map([[9000, 1]]) });
    expect(turnsOf(given)).toEqual([
      ['1', 2],
      ['2', 1],
    ]);
    expect(waitsOf(given)).toEqual([['3', 'clones']]);
  });

  it('does not let what clones nothing wait for clones', () => {
    const wakes = [{ ...machine(4), host: 'pve1', clone: false }];
    const given = state([request('1', { machines: wakes })], {
      clones: new Map([[9000, 4]]),
    });
    expect(turnsOf(given)).toEqual([['1', 0]]);
  });

  it('says what lacks', () => {
    expect(waitsOf(state([request('1')], { freeGiB: 3 }))).toEqual([
      ['1', 'memory'],
    ]);
    expect(waitsOf(state([request('1', { environment: 'other' })]))).toEqual([
      ['1', 'environment'],
    ]);
    const off = state([request('1')]);
    off.hosts[0].online = false;
    expect(waitsOf(off)).toEqual([['1', 'hosts']]);
  });

  it('lets small ones pass a large one, but not for ever', () => {
    const waiting = [
      request('large', { machines: [machine(16)], queuedAt: 0 }),
      request('small', { queuedAt: 1, owner: 'b' }),
    ];
    expect(turnsOf(state(waiting, { freeGiB: 8 }))).toEqual([['small', 1]]);
    const later = state(waiting, { freeGiB: 8, now: 25 * HOUR });
    expect(turnsOf(later)).toEqual([]);
    expect(waitsOf(later)).toEqual([
      ['large', 'memory'],
      ['small', 'turn'],
    ]);
    expect(turnsOf({ ...later, hosts: state([]).hosts })).toEqual([
      ['large', 1],
      ['small', 1],
    ]);
  });

  it('does not hold hosts that the large one could not use', () => {
    const waiting = [
      request('large', { machines: [machine(16)], queuedAt: 0 }),
      request('elsewhere', { queuedAt: 1, environment: 'other' }),
    ];
    const given = state(waiting, { freeGiB: 8, now: 25 * HOUR });
    given.sites = new Map([
      ...given.sites,
      ['other', { ...SITE, hosts: ['pve2'] }],
    ]);
    given.hosts.push({ ...given.hosts[0], name: 'pve2' });
    expect(turnsOf(given)).toEqual([['elsewhere', 1]]);
  });
});

/** A random number generator with a seed: a failure can be repeated. */
function random(seed: number) {
  let value = seed;
  return (below: number) => {
    value = (value * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((value / 2_147_483_648) * below);
  };
}

describe('over time', () => {
  // Each seed is a department of its own: limits, hosts, orders and how long clones take.
  it.each(Array.from({ length: 40 }, (_, seed) => seed + 1))(
    'keeps the limits and lets nobody be kept out (seed %s)',
    seed => {
      const pick = random(seed);
      const limit = 1 + pick(4);
      const owners = ['a', 'b', 'c', 'd'];
      const memoryGiB = 32 + pick(64);
      const lastServed = new Map<string, number>();
      let waiting: RoomRequest[] = [];
      let running: Array<{ until: number; slots: number; gib: number }> = [];
      /** How often each owner was served while another one waited with something that fits. */
      const passed = new Map<string, Map<string, number>>();
      let count = 0;
      let served = 0;

      for (let now = 0; now < 120 || waiting.length > 0; now++) {
        expect(now).toBeLessThan(20_000);
        // `a` orders much more than the others.
        const arrivals = now < 120 ? pick(3) : 0;
        for (let i = 0; i < arrivals; i++) {
          const owner = pick(3) > 0 ? 'a' : owners[pick(owners.length)];
          waiting.push(
            request(String(count++).padStart(6, '0'), {
              owner,
              queuedAt: now,
              machines: Array.from({ length: 1 + pick(4) }, (_, index) =>
                machine(1 + pick(4), `n-${index}`),
              ),
            }),
          );
        }
        running = running.filter(({ until }) => until > now);
        const used = running.reduce((sum, { slots }) => sum + slots, 0);
        const gib = running.reduce((sum, one) => sum + one.gib, 0);
        const { turns } = decideTurns(
          state(waiting, {
            now,
            freeGiB: memoryGiB - gib,
            clones: new Map([[9000, used]]),
            lastServed,
            limits: { ...state([]).limits, clonesAtOnce: limit, passableMs: 0 },
          }),
        );
        for (const { request: one, slots } of turns) {
          served += 1;
          expect(slots).toBeGreaterThan(0);
          running.push({
            until: now + 1 + pick(5),
            slots,
            gib: one.machines.reduce((sum, m) => sum + m.memoryMiB / GIB, 0),
          });
          lastServed.set(one.owner, now + served / 1e6);
          waiting = waiting.filter(other => other !== one);
          const others = new Set(waiting.map(({ owner }) => owner));
          passed.delete(one.owner);
          for (const owner of others) {
            if (owner === one.owner) continue;
            const by = passed.get(owner) ?? new Map<string, number>();
            by.set(one.owner, (by.get(one.owner) ?? 0) + 1);
            passed.set(owner, by);
            // Twice, for an owner that came while the round was under way; never more.
            expect(by.get(one.owner)).toBeLessThanOrEqual(2);
          }
        }
        expect(
          running.reduce((sum, { slots }) => sum + slots, 0),
        ).toBeLessThanOrEqual(limit);
        expect(
          running.reduce((sum, one) => sum + one.gib, 0),
        ).toBeLessThanOrEqual(memoryGiB);
      }
      expect(served).toBe(count);
    },
  );
});
